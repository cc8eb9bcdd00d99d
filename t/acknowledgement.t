# httpd says beside its state file what it acts on, or why it does not, and since when: with every MPM,
# also while nobody connects, and by whichever child is left.
use strict;
use warnings;
use lib 't/lib';
use Fcntl qw(:flock);
use Test::More;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
use TlsGate::Ack qw(acts_on record records);
use TlsGate::Client qw(ask connect_to read_response);
use TlsGate::Ctl;
use TlsGate::Faults;
use TlsGate::Httpd;
use TlsGate::State qw(document suspend);

my $CONF = <<'CONF';
Listen 127.0.0.1:@tls@
SSLEngine on
TlsGateState $DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
TlsGate legacy
CONF
my $NOW = '2018-08-07T15:25:00Z';

sub until_day { my ($day) = @_; return document(suspend('legacy', "2018-08-${day}T09:00:00Z")) }
sub children { my ($h) = @_; return grep { TlsGate::Httpd::slurp("/proc/$_/stat") =~ /\) \w $h->{pid} / } map { m{(\d+)} } glob('/proc/[0-9]*') }

for my $mpm (qw(event worker prefork)) {
    my $h = TlsGate::Httpd->new(mpm => $mpm, clock => $NOW, conf => $CONF);
    my $state = TlsGate::State->new($h, sub { });
    my $path = $state->{path};
    my $said = sub { my (%want) = @_; return acts_on($h, $path, %want) };
    $h->stop_clock($NOW);
    $h->start;

    # --- what it says ---------------------------------------------------------------------
    my $r = $said->(condition => 'none');
    is_deeply([ @{ $r || {} }{qw(pid started since reason document)} ], [ $h->{pid}, $NOW, $NOW, undef, undef ], "$mpm: there is no file yet");
    my @paths = records($path);
    is(scalar @paths, 1, "$mpm: one record for all processes");
    is((stat $paths[0])[2] & 07777, 0644, "$mpm: which everybody may read, and nobody else write");

    $h->stop_clock('2018-08-07T15:26:00Z');
    $state->put(until_day(21));
    $r = $said->(text => until_day(21));
    ok($r, "$mpm: a file is acted on though nobody connects");
    is_deeply([ @{ $r->{document} }{qw(generation since)} ], [ 1, '2018-08-07T15:26:00Z' ], "$mpm: ... since then");
    is($r->{inode}, (stat $path)[1], "$mpm: ... and it is the file that is there");
    is(ask(port => $h->port, tls => 'TLSv1')->{status}, 200, "$mpm: ... which is true");

    $h->stop_clock('2018-08-07T15:27:00Z');
    $state->put('{"version":2}');
    $r = $said->(condition => 'refuses');
    is_deeply([ $r->{since}, $r->{text} ], [ '2018-08-07T15:27:00Z', until_day(21) ], "$mpm: a broken file is refused, and the last good one held");
    like($h->error_log, qr/TlsGateState "[^"]*": \Q$r->{reason}; $r->{fix}\E\. /, "$mpm: ... with the words of the error log");
    unlink $path;
    $r = $said->(condition => 'gone');
    is($r->{text}, until_day(21), "$mpm: a file that is gone: the last good one is held");
    $state->put(until_day(21));
    $r = $said->(text => until_day(21));
    is($r->{document}{generation}, 1, "$mpm: the same one again is no other generation");

    # --- who says it ----------------------------------------------------------------------
    my @before = children($h);
    kill KILL => @before;
    ok($h->wait_until(sub { my %old = map { ($_ => 1) } @before; grep { !$old{$_} } children($h) }), "$mpm: all children are killed and replaced");
    $state->put(until_day(22));
    ok($said->(text => until_day(22)), "$mpm: ... and the others go on");
    ok($h->graceful, "$mpm: a graceful restart");
    is_deeply([ records($path) ], \@paths, "$mpm: ... keeps the record");
    $state->put(until_day(23));
    ok($said->(text => until_day(23)), "$mpm: ... which is written on");
    $h->finish_ok(qr/: version: it is 2/, qr/the file is gone/);
    is_deeply([ records($path) ], [], "$mpm: a stop removes it");
}
# --- without mod_watchdog any new connection asks ---------------------------------------------
for my $mpm (qw(event prefork)) {
    my $h = TlsGate::Httpd->new(mpm => $mpm, clock => $NOW, conf => $CONF);
    TlsGate::Faults->new($h)->only('optional 1 ap_watchdog_get_instance');
    my $state = TlsGate::State->new($h, sub { });
    $h->start;
    $state->put(until_day(21));
    my $r;
    ok($h->wait_until(sub { ask(port => $h->port, tls => 'TLSv1.2'); $r = record(records($state->{path})); $r && $r->{document} }, undef, 0.1),
        "$mpm without mod_watchdog: modern connections have the file looked at");
    is($r->{text}, until_day(21), "$mpm: ... and it is acted on");
    $h->finish_ok;
}

# --- a record that somebody removes -----------------------------------------------------------
{ # a child of before the restart has the old one, and may look first
    my $h = TlsGate::Httpd->new(mpm => 'prefork', clock => $NOW, conf => $CONF);
    TlsGate::Faults->new($h)->only('optional 1 ap_watchdog_get_instance');
    my $state = TlsGate::State->new($h, sub { });
    my $path = $state->{path};
    $h->start;
    my $old = connect_to(port => $h->port, tls => 'TLSv1');
    print $old "GET / HTTP/1.1\r\n";
    unlink records($path);
    ok($h->graceful, 'a graceful restart after the record was removed');
    my @made = records($path);
    is(scalar @made, 1, '... makes another one');
    my $second = int clock_gettime(CLOCK_MONOTONIC);
    $h->wait_until(sub { int clock_gettime(CLOCK_MONOTONIC) > $second + 1 }); # another look is due
    $state->put(until_day(21));
    print $old "Host: localhost\r\n\r\n";
    is(read_response($old)->{status}, 200, '... a child of before acts on a file first');
    my $r;
    ok($h->wait_until(sub { ask(port => $h->port, tls => 'TLSv1'); $r = record(@made); $r && ($r->{text} // '') eq until_day(21) }, undef, 0.1), '... and those of now say so, with all of it');
    $h->finish_ok;
}
SKIP: { # the way to it leads through a directory of somebody else
    skip 'needs root', 2 if $>;
    my $h = TlsGate::Httpd->new(clock => $NOW, conf => $CONF);
    my $state = TlsGate::State->new($h, sub { });
    mkdir $h->dir . "/$_" for qw(theirs ours);
    symlink($h->dir . '/theirs/link', $state->{path}) or die;
    symlink($h->dir . '/ours/real.json', $h->dir . '/theirs/link') or die;
    $h->write_file('ours/real.json', until_day(21));
    chown 65534, -1, $h->dir . '/theirs';
    $h->start;
    is_deeply([ glob($h->dir . '/ours/*.ack.*') ], [], 'no record is made where a link of somebody else leads');
    is(ask(port => $h->port, tls => 'TLSv1')->{status}, 426, '... nor is the file used');
    $h->finish_ok(qr/the directory that a link leads to belongs to user 65534; run chown root/);
}

{ # TlsGateState is a link: what is beside it is where the link leads to, also before there is a file
    my $h = TlsGate::Httpd->new(clock => $NOW, conf => $CONF);
    my $ctl = bless { httpd => $h, dir => $h->dir . '/state', state => $h->dir . '/state/state.json', waits => 1, acts => 0 }, 'TlsGate::Ctl';
    my $state = TlsGate::State->new($h, sub { });
    mkdir $h->dir . '/data';
    my $real = $h->dir . '/data/real.json';
    symlink('../data/real.json', $state->{path}) or die;
    $ctl->{wrapper} = $ctl->script('program', 'exec ' . join(' ', map { "'$_'" } $h->command) . ' "$@"');
    $h->start;
    ok(-f "$real.plan" && !-e "$state->{path}.plan", 'a link to nothing: the plan is where it leads to');
    unlike($ctl->run('status')->{err}, qr/without TlsGateState/, '... tlsgatectl finds the httpd that acts there');
    my $said = $ctl->run('suspend', 'legacy', '--until', '2018-08-21T09:00Z', '--reason', 'test', '--yes');
    is($said->{status}, 0, '... the first change is in force') or diag($said->{err});
    ok(-l $state->{path} && -f $real, '... and the link is still one');
    is_deeply([ glob($h->dir . '/state/*') ], [ $state->{path} ], '... with nothing beside it');
    is(ask(port => $h->port, tls => 'TLSv1')->{status}, 200, '... which is true');
    $h->finish_ok;
}

# --- stale records ----------------------------------------------------------------------------
{
    my $h = TlsGate::Httpd->new(clock => $NOW, conf => $CONF);
    my $state = TlsGate::State->new($h, sub { });
    my $path = $state->{path};
    $h->write_file('state/state.json', until_day(21));
    chmod 0640, $path;
    $h->start;
    my ($mine) = records($path);
    is((stat $mine)[2] & 07777, 0640, 'a state file that not everybody may read: nor is the record, which has its text');
    $state->put(until_day(22), sub { chmod 0604, $_[0] });
    ok($h->wait_until(sub { ((stat $mine)[2] & 07777) == 0600 }), '... also if that changes while httpd runs');
    $state->put(until_day(21), sub { chmod 0644, $_[0] });
    # What else could be there: a copy, a link, a directory, a file of another name.
    $h->write_file('state/state.json.ack.1-00000000', TlsGate::Httpd::slurp($mine));
    $h->write_file('state/other.json.ack.1-00000000', 'other');
    $h->write_file('htdocs/secret', 'secret');
    symlink($h->dir . '/htdocs/secret', "$path.ack.2-00000000") or die;
    mkdir "$path.ack.3-00000000" or die;
    my $other = TlsGate::Httpd->new(clock => $NOW, conf => $CONF =~ s/\$DIR/$h->dir/er);
    $other->start;
    my @now = records($path);
    ok(scalar(grep { $_ eq $mine } @now), 'another httpd that starts leaves the record of one that runs');
    ok(!-e "$path.ack.1-00000000", '... and removes a stale one');
    ok(-l "$path.ack.2-00000000" && -d "$path.ack.3-00000000", '... but nothing that is no record');
    is(TlsGate::Httpd::slurp($h->dir . '/htdocs/secret'), 'secret', '... nor what a link leads to');
    is(TlsGate::Httpd::slurp($h->dir . '/state/other.json.ack.1-00000000'), 'other', '... nor those of another state file');
    is(scalar(grep { -f && !-l } @now), 2, 'each has its own');
    $other->finish_ok;
    $h->finish_ok;
    is(scalar(grep { -f && !-l } records($path)), 0, 'both remove theirs');
}
done_testing;
