# No fault of the state file changes the answers to clients by accident: while httpd
# runs, the last good state stays, with one line per fault in the error log; a broken file at
# the start means no overrides; a good one is applied again. Also a clock that is stepped, and
# a state that flips under load.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::SSL;
use POSIX ();
use Test::More;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
use TlsGate::Client qw(ask);
use TlsGate::Httpd;
use TlsGate::Long qw(is_long mpms);
use TlsGate::Stacks qw(imf_date);
use TlsGate::State qw(document suspend);

# Many connections: one certificate loads faster than all trusted ones of the machine.
IO::Socket::SSL::set_client_defaults(SSL_ca_file => (TlsGate::Httpd::certificate())[0]);

my $NOW   = '2018-08-07T15:25:00Z'; # after the cutoff
my $END   = '2018-08-21T09:00:00Z';
my $OTHER = '2018-09-01T00:00:00Z';
my $LIMIT = 32 * 1024 * 1024;

my $conf = <<'CONF';
Listen 127.0.0.1:@tls@
Timeout 20000000
SSLEngine on
TlsGateState $DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
CONF

my $KEPT  = qr/The last good state stays in force$/m;
my $GOOD  = document(suspend('legacy', $END));
my $EMPTY = document();

my ($h, $state);

sub old { my $r = ask(port => $h->port, tls => 'TLSv1'); return $r ? $r->{status} // 'half' : 'none' }

sub server {
    my (%o) = @_;
    $h = TlsGate::Httpd->new(clock => $NOW, conf => $conf, %o);
    $state = TlsGate::State->new($h, sub { old() });
    return $h;
}

sub errors { my ($log) = ($h->error_log); return scalar(() = $log =~ /\[tlsgate:error\]/g) }

sub overwrite {
    my ($text, $mode) = @_;
    open(my $f, $mode // '>', $state->{path}) or die "$state->{path}: $!";
    print $f $text;
    close $f;
}

# The file is checked once a second, by the first request of that second.
sub looked {
    my $second = int clock_gettime(CLOCK_MONOTONIC);
    return $h->wait_until(sub { my $now = int clock_gettime(CLOCK_MONOTONIC); old(); $now > $second });
}

# Renaming a file over a directory does not remove it.
sub clear { rmdir $state->{path} or unlink $state->{path} }

sub owner_for_tests { return (getpwnam('nobody'))[2] // 65534 }

# The fault, the message in the error log, and the repair if a
# new file alone is not enough.
my @faults = (
    ['it is missing',               sub { unlink $state->{path} },                       qr/the file is gone; the last good state stays in force\./],
    ['it is empty',                 sub { truncate($state->{path}, 0) },                 qr/line 1, column 0: .*$KEPT/],
    ['it is cut off',               sub { truncate($state->{path}, 30) },                qr/line \d+, column \d+: .*$KEPT/],
    ['it is half written in place', sub { overwrite(substr($GOOD, 0, 60)) },             qr/line \d+, column \d+: .*$KEPT/, sub { overwrite($_[0]) }],
    ['it is appended to',           sub { overwrite('x', '>>') },                        qr/line \d+, column \d+: .*$KEPT/],
    ['it is not JSON',              sub { $state->put("overrides: []\n") },              qr/line 1, column \d+: .*$KEPT/],
    ['it is another JSON',          sub { $state->put("[]\n") },                         qr/it is not an object; .*$KEPT/],
    ['it has zeros',                sub { $state->put("\0" x 100) },                     qr/line 1, column \d+: .*$KEPT/],
    ['it is of a later version',    sub { $state->put($GOOD =~ s/("version" : )1/${1}2/r) }, qr/version: it is 2, and only 1 can be read; use the module and tlsgatectl of one release\. $KEPT/],
    ['it has an unknown member',    sub { $state->put($GOOD =~ s/"by"/"who"/r) },        qr/overrides\[0\].*who: .*$KEPT/],
    ['it is too long',              sub { $state->put($GOOD . ' ' x ($LIMIT + 1 - length $GOOD)) }, qr/it has more than $LIMIT bytes; .*$KEPT/],
    ['it is unreadable',            sub { $state->put($GOOD, sub { chmod 0000, $_[0] }) }, qr/Permission denied; let httpd's user read it, and enter its directory\. $KEPT/, sub { overwrite($_[0]); chmod 0644, $state->{path} }],
    ['all may write to it',         sub { $state->put($GOOD, sub { chmod 0646, $_[0] }) }, qr/the file is writable by group or others; .*$KEPT/],
    ['its group may write',         sub { chmod 0664, $state->{path} },                  qr/the file is writable by group or others; .*$KEPT/],
    ['it is a directory',           sub { clear(); mkdir $state->{path} },               qr/it is not a regular file; .*$KEPT/, sub { clear(); $state->put($_[0]) }],
    ['it is a fifo',                sub { clear(); POSIX::mkfifo($state->{path}, 0644) }, qr/it is not a regular file; .*$KEPT/],
    ['it is a link to nothing',     sub { clear(); symlink('nothing', $state->{path}) }, qr/the file is gone; the last good state stays in force\./],
    ['a group may write its directory', sub { chmod 0775, $state->{dir}; $state->put($GOOD) }, qr/the directory is writable by group or others; .*$KEPT/, sub { chmod 0755, $state->{dir}; $state->put($_[0]) }],
    ['its directory is gone',       sub { rename $state->{dir}, "$state->{dir}.gone" },  qr/the file is gone; the last good state stays in force\./, sub { rename "$state->{dir}.gone", $state->{dir}; $state->put($_[0]) }],
);
push @faults, ['another user has it', sub { $state->put($GOOD, sub { chown owner_for_tests(), -1, $_[0] }) }, qr/the file belongs to user \d+; run chown root \S+\. $KEPT/],
    ['another user has its directory', sub { chown owner_for_tests(), -1, $state->{dir}; $state->put($GOOD) }, qr/the directory belongs to user \d+; run chown root \S+\. $KEPT/, sub { chown 0, -1, $state->{dir}; $state->put($_[0]) }]
    if $> == 0;

# Each fault in turn, alternately with a state that serves and one that rejects.
sub while_it_runs {
    my ($mpm) = @_;
    server(mpm => $mpm)->start;
    my $serves = 1;
    ok($state->taken_after(sub { $state->put($GOOD) }), "$mpm: a good file is applied");
    for my $fault (@faults) {
        my ($name, $break, $says, $repair) = @$fault;
        my $expected = $serves ? 200 : 426;
        my ($errors, $length, %got) = (errors(), length $h->error_log);
        $break->();
        my $said = $h->wait_until(sub { $got{ old() }++; errors() > $errors }, undef, 0.1);
        $got{ old() }++ for 1 .. 4;
        is_deeply([keys %got], [$expected], "$name: the last good state stays");
        ok($said, '... and the error log says so');
        my ($line) = grep { /\[tlsgate:error\]/ } split(/\n/, substr($h->error_log, $length));
        like($line // 'nothing', $says, '... and why');
        $serves = !$serves;
        my $next = $serves ? $GOOD : $EMPTY;
        ok($state->taken_after(sub { $repair ? $repair->($next) : $state->put($next) }), '... and a good file is applied again');
        is(old(), $serves ? 200 : 426, '... as the answers show');
    }
    ok($state->taken_after(sub { $state->put($EMPTY . ' ' x ($LIMIT - length $EMPTY)) }), 'the longest allowed file is applied');
    is(old(), 426, 'and counts');
    is(errors(), scalar @faults, "$mpm: one line for each fault, of all processes");
    is($state->taken, $state->{put}, "$mpm: and one for each good file");
    $h->finish_ok(qr/\[tlsgate:error\] TLSGATE\d{4}: TlsGateState "[^"]*": .*[Tt]he last good state stays in force/);
}

# At the start there is no last good state.
sub at_the_start {
    my (%starts) = (
        'a broken file'       => [sub { $state->put('{"version":1,') }, qr/line 1, column 13: .*There are no overrides$/m],
        'a file of version 2' => [sub { $state->put($GOOD =~ s/("version" : )1/${1}2/r) }, qr/version: it is 2.*There are no overrides$/m],
        'a directory'         => [sub { mkdir $state->{path} }, qr/it is not a regular file.*There are no overrides$/m],
        'a fifo'              => [sub { POSIX::mkfifo($state->{path}, 0644) }, qr/it is not a regular file.*There are no overrides$/m],
    );
    for my $name (sort keys %starts) {
        my ($break, $says) = @{ $starts{$name} };
        server();
        $break->();
        $h->start;
        is(old(), 426, "$name at the start: no overrides");
        is(errors(), 1, '... one line');
        clear();
        ok(looked(), '... it goes');
        is(errors(), 1, '... which is not an error, since no state is kept');
        ok($state->taken_after(sub { $state->put($GOOD) }), '... and a good file is applied');
        is(old(), 200, '... as the answers show');
        $h->stop;
        $h->start;
        is(old(), 200, '... from the first request after a full start');
        $h->finish_ok($says);
    }
    server()->start;
    is(old(), 426, 'no file at the start: no overrides');
    is(errors(), 0, '... and no fault');
    ok($h->graceful, '... a graceful restart');
    is(errors(), 0, '... does not make it one');
    $h->finish_ok;
}

# The checks of the file use the monotonic clock.
sub clock_steps {
    server()->start;
    ok($state->apply(suspend('legacy', '2018-08-07T16:00:00Z')), 'a suspend of half an hour');
    $h->set_clock('2018-08-07T14:25:00Z');
    is(old(), 200, 'the clock goes back an hour: still served');
    ok($state->apply(), 'a change is noticed then');
    is(old(), 426, 'and counts');
    ok($state->apply(suspend('legacy', '2018-08-07T16:00:00Z')), 'so is another');
    $h->set_clock('2018-08-07T16:25:00Z');
    is(old(), 426, 'the clock goes two hours forward: it is over');
    ok($state->apply(suspend('legacy', '2018-08-07T17:00:00Z')), 'a change is noticed then');
    is(old(), 200, 'and counts');
    $h->set_clock($NOW);
    is(old(), 200, 'an hour back');
    is($state->taken, $state->{put}, 'a step of the clock is not a new state');
    $h->finish_ok;
}

# --- flips under load

# The states in turn, and the answer to an old client in each.
my @TURN = (
    ['rejected',               ],
    ["served until $END",   suspend('legacy', $END)],
    ["served until $OTHER", suspend('legacy', $OTHER)],
);
my %UNTIL = map { (imf_date($_) => $_) } $END, $OTHER;
my ($FLIPS, $CLIENTS) = (10, 20);

sub number { my ($name) = @_; return TlsGate::Httpd::slurp($h->dir . "/run/$name.flip") || 0 }
sub set_number {
    my ($name, $n) = @_;
    my $new = $h->write_file("run/$name.new", $n);
    rename($new, $h->dir . "/run/$name.flip");
}

sub what {
    my ($r) = @_;
    return 'none' unless $r && $r->{status};
    return 'rejected' if $r->{status} == 426;
    return 'status ' . $r->{status} if $r->{status} != 200;
    my $sunset = $r->{headers}{sunset} or return 'served';
    return 'served until ' . ($UNTIL{$sunset} // $sunset);
}

# One client: each line is the state certainly in force before, the last that may have been put
# in place after, the version, and the answer.
sub client {
    my ($n) = @_;
    my @versions = ('TLSv1', 'TLSv1.2', 'TLSv1.1', 'TLSv1.3');
    open(my $f, '>', $h->dir . "/run/client.$n") or die $!;
    for (my $i = $n; !-e $h->dir . '/run/over'; $i++) {
        my $version = $versions[$i % @versions];
        my $before = number('seen');
        my $got = what(scalar ask(port => $h->port, tls => $version));
        print $f join("\t", $before, number('put'), $version, $got) . "\n";
    }
    close $f;
}

sub start_client {
    my ($n) = @_;
    my $pid = fork() // die "fork: $!";
    return $pid if $pid;
    eval { client($n) };
    POSIX::_exit($@ ? 1 : 0);
}

sub fits {
    my ($before, $after, $version, $got) = @_;
    return $got eq 'served' if $version =~ /1\.[23]$/;
    return grep { $TURN[$_ % @TURN][0] eq $got } $before .. $after;
}

sub under_load {
    my ($mpm) = @_;
    server(mpm => $mpm, conf => $conf . ($mpm eq 'prefork' ? "MaxRequestWorkers 40\n" : ''))->start;
    my @pids = map { start_client($_) } 1 .. $CLIENTS;
    my $taken = 0;
    for my $n (1 .. $FLIPS) {
        set_number('put', $n);
        my (undef, @entries) = @{ $TURN[$n % @TURN] };
        $taken += $state->apply(@entries) ? 1 : 0;
        set_number('seen', $n);
    }
    $h->write_file('run/over', '');
    my $ended = grep { waitpid($_, 0) == $_ && $? == 0 } @pids;
    is($ended, $CLIENTS, "$mpm: every client finished");
    is($taken, $FLIPS, "$mpm: the state flipped $FLIPS times under load");
    my (@wrong, %count);
    for my $n (1 .. $CLIENTS) {
        for my $line (split(/\n/, TlsGate::Httpd::slurp($h->dir . "/run/client.$n"))) {
            my @fields = split(/\t/, $line);
            $count{ $fields[3] }++;
            push @wrong, $line unless fits(@fields);
        }
    }
    is_deeply([@wrong[0 .. ($#wrong < 9 ? $#wrong : 9)]], [], "$mpm: every answer belongs to the old or the new state");
    is_deeply([sort keys %count], [sort 'served', map { $_->[0] } @TURN], "$mpm: and every kind of answer occurred");
    note(map { "$_: $count{$_}\n" } sort keys %count);
    is($state->taken, $FLIPS, "$mpm: each state was reported once");
    $h->finish_ok;
}

# A file that httpd's children cannot reach is not a missing one.
sub out_of_reach {
    SKIP: {
        skip 'only root can lock others out', 2 if $>;
        server();
        chmod 0700, $state->{dir};
        $h->start;
        $state->put($GOOD);
        ok($h->wait_until(sub { old(); $h->error_log =~ /Permission denied; let httpd's user read it, and enter its directory\./ }),
            'a directory without access for its children: an error');
        ok($state->taken_after(sub { chmod 0755, $state->{dir} }), '... and with access, the state is in force');
        $h->finish_ok(qr/Permission denied; let httpd's user/, qr/TLSGATE0070: .*: only root may enter the directory; run chmod go\+rX \S+/);
    }
}

at_the_start();
out_of_reach();
clock_steps();
my @mpms = mpms();
cmp_ok(scalar @mpms, '>', 0, "there are MPMs: @mpms");
while_it_runs($_) for grep { $_ ne 'worker' } @mpms; # which runs the same code as event
if (is_long()) { under_load($_) for @mpms }           # t/live_load.t tests it too, and more strictly

done_testing;
