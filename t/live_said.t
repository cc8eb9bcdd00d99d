# Messages of the error log about the state file: one for a new state, none for one that is
# rewritten, the recovery from a fault, and entries without effect. Also that a fault
# of only the directory is noticed, and its end.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
use TlsGate::Client qw(ask);
use TlsGate::Httpd;
use TlsGate::State qw(document exempt postpone suspend trial);

my $CUTOFF = '2018-08-07T08:40:00Z';
my $OTHER  = '2018-08-07T08:41:00Z';
my $NOW    = '2018-08-07T15:25:00Z'; # after the cutoff
my $PAST   = '2018-08-07T15:00:00Z';
my $END    = '2018-08-21T09:00:00Z';
my $LATER  = '2018-09-01T00:00:00Z';

my $conf = <<"CONF";
Listen 127.0.0.1:\@tls\@
SSLEngine on
TlsGateState \$DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    $CUTOFF
</TlsGateSchedule>
<TlsGateSchedule undated>
    TlsGateDeprecate TLSv1
</TlsGateSchedule>
TlsGate legacy undated
TlsGateLog logs/tlsgate.ndjson
CONF

my $h = TlsGate::Httpd->new(clock => $NOW, conf => $conf);
my $state = TlsGate::State->new($h, sub { old() });
$h->start;

sub old { my $r = ask(port => $h->port, tls => 'TLSv1'); return $r ? $r->{status} // 'half' : 'none' }

# The messages about the state since that length of the log.
my $said = 0;
sub lines {
    my @lines = map { s/"[^"]*state\.json"/FILE/r =~ s/run (chmod go-w|chown root) [^ ;]+(?=\. )/run $1 PLACE/r =~ s/TLSGATE\d{4}: //r } substr($h->error_log, $said) =~ /\[tlsgate:((?:notice|warn|error)\] TLSGATE\d{4}: (?:TlsGateState|schedule \w+: (?:suspend|trial|postpone|its)) .*)/g;
    $said = length $h->error_log;
    return \@lines;
}

# The file is checked once a second, by the first request of that second.
sub looked {
    my $second = int clock_gettime(CLOCK_MONOTONIC);
    return $h->wait_until(sub { my $now = int clock_gettime(CLOCK_MONOTONIC); old(); $now > $second });
}

sub says {
    my ($name, $change, @expected) = @_;
    my $before = length $h->error_log;
    $change->();
    looked() or return fail("$name: the file was not checked");
    is_deeply(lines(), \@expected, $name);
}

sub in_place {
    my ($text) = @_;
    open(my $f, '+<', $state->{path}) or die "$state->{path}: $!";
    print $f $text;
    close $f;
}

my $STAYS = 'The last good state stays in force';
my $GOOD  = document(suspend('legacy', $END));
my @GOOD  = ('1 override, 0 exemptions', "notice] schedule legacy: suspend until $END, by ops: rollback");
sub in_force { my ($how, $counts, @lines) = @_; return ("notice] TlsGateState FILE: generation $how: $counts", @lines) }

says('a first state', sub { $state->put($GOOD) }, in_force('1 is in force', @GOOD));
is(old(), 200, '... which counts');

# --- the same content again
says('its times are set', sub { utime(undef, undef, $state->{path}) });
says('it is rewritten, by a rename', sub { $state->put($GOOD) });
says('it is rewritten in place', sub { in_place($GOOD) });
says('its mode becomes stricter', sub { chmod 0644, $state->{path}; chmod 0711, $state->{dir} });
ok($h->graceful, 'a graceful restart');
says('... logs nothing new', sub { });
says('another one is the next generation', sub { $state->put(document()) }, in_force('2 is in force', '0 overrides, 0 exemptions'));
is(old(), 426, '... which counts');
says('the first one again', sub { $state->put($GOOD) }, in_force('3 is in force', @GOOD));

# --- a fault, and the same content after it
my @again = in_force('3 is in force again', @GOOD);
my @faults = (
    [ 'others may write to it',        sub { chmod 0646, $state->{path} },          sub { chmod 0644, $state->{path} }, "the file is writable by group or others; run chmod go-w PLACE. $STAYS" ],
    [ 'it is gone',                    sub { unlink $state->{path} },               sub { $state->put($GOOD) },         'the file is gone; the last good state stays in force. Restore it, or make any change with tlsgatectl, which writes it again with all that is in force' ],
    [ 'it is cut off',                 sub { truncate($state->{path}, 0) },         sub { in_place($GOOD) },            "line 1, column 0: '[' or '{' expected near end of file; write it with tlsgatectl, or as docs/state.schema.json says. $STAYS" ],
    [ 'all may write to its directory', sub { chmod 0757, $state->{dir} },           sub { chmod 0755, $state->{dir} },  "the directory is writable by group or others; run chmod go-w PLACE. $STAYS" ],
    [ 'a group may write to its directory', sub { chmod 0775, $state->{dir} },         sub { chmod 0755, $state->{dir} },  "the directory is writable by group or others; run chmod go-w PLACE. $STAYS" ],
);
my $nobody = (getpwnam('nobody'))[2] // 65534;
push @faults, [ 'another user has its directory', sub { chown $nobody, -1, $state->{dir} }, sub { chown 0, -1, $state->{dir} }, "the directory belongs to user $nobody; run chown root PLACE. $STAYS" ] if $> == 0;
for my $fault (@faults) {
    my ($name, $break, $repair, $why) = @$fault;
    says($name, $break, "error] TlsGateState FILE: $why");
    is(old(), 200, '... and nothing changes');
    says('... it ends', $repair, @again);
}
says('a directory that becomes writable', sub { chmod 0775, $state->{dir} }, "error] TlsGateState FILE: the directory is writable by group or others; run chmod go-w PLACE. $STAYS");
says('... is not another fault', sub { chmod 0777, $state->{dir} });
says('one with another state in it', sub { $state->put(document()); chmod 0755, $state->{dir} }, in_force('4 is in force', '0 overrides, 0 exemptions'));

# --- one of each, and two
says('two of each', sub { $state->put(document(suspend('legacy', $END), trial('undated', $LATER), exempt('legacy', 'account:a', $END), exempt('legacy', 'account:b', $END))) },
    in_force('5 is in force', '2 overrides, 2 exemptions', $GOOD[1], "notice] schedule undated: trial until $LATER, by ops: rollback"));
says('one exemption', sub { $state->put(document(exempt('legacy', 'account:a', $END))) }, in_force('6 is in force', '0 overrides, 1 exemption'));

# --- entries without effect
says('expired entries are counted separately', sub { $state->put(document(suspend('legacy', $PAST), trial('undated', $END), exempt('legacy', 'account:a', $PAST))) },
    in_force('7 is in force', '1 override, 0 exemptions; 2 expired or ignored', "notice] schedule undated: trial until $END, by ops: rollback"));
is(old(), 426, '... and the suspension is over');

my $postponed = document(postpone('legacy', $CUTOFF, $LATER));
my $ignored = "warn] schedule legacy: its postponement to $LATER is ignored: it was made for the cutoff $CUTOFF, and the configured cutoff is now $OTHER; postpone that one, or remove the entry from the state";
sub reconfigure { my ($cutoff) = @_; $h->write_conf($conf =~ s/\Q$CUTOFF\E/$cutoff/r); return $h->graceful }
says('a postponement', sub { $state->put($postponed) }, in_force('8 is in force', '1 override, 0 exemptions', "notice] schedule legacy: postpone to $LATER, by ops: rollback"));
ok(reconfigure($OTHER), 'another cutoff is configured');
says('... which the postponement was not made for', sub { }, $ignored);
says('... which is logged once', sub { old() for 1 .. 5 });
says('... and once for each state', sub { $state->put(document(postpone('legacy', $CUTOFF, $LATER, by => 'bob'))) }, in_force('9 is in force', '0 overrides, 0 exemptions; 1 expired or ignored'), $ignored);
is(old(), 426, '... and it does nothing');
ok(reconfigure($CUTOFF), 'the old cutoff is back');
says('... and nothing is ignored', sub { });
is(old(), 200, '... the postponement counts');
says('a postponement of a schedule without a cutoff', sub { $state->put(document(postpone('undated', $CUTOFF, $LATER))) },
    in_force('10 is in force', '0 overrides, 0 exemptions; 1 expired or ignored'), $ignored =~ s/legacy/undated/r =~ s/is now \S+;/is now gone;/r);
says('one of a schedule of another httpd', sub { $state->put(document(postpone('elsewhere', $OTHER, $LATER))) },
    in_force('11 is in force', '1 override, 0 exemptions', "notice] schedule elsewhere: postpone to $LATER, by ops: rollback"));

$h->finish_ok(qr/tlsgate:error\] TLSGATE\d{4}: TlsGateState ".*": .*last good state stays in force/, qr/tlsgate:warn\] TLSGATE\d{4}: schedule \w+: its postponement to /);
done_testing;
