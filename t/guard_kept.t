# What TlsGateGuard stopped stays so over a full restart, also if httpd was killed in the second after; with hold no
# further trial runs until that is taken back, or hold is. Without a file of the ledger a full restart forgets it.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Guard qw(conf_of guarded next_second old page served_as trip);
use TlsGate::Httpd;
use TlsGate::State;

my $DAY = '2018-07-10T09';
my $GUARD = 'TlsGateGuard 50% min=2 over=PT10S';
my @KEPT = (more => 'TlsGateLedger 10 kept/ledger');
my @HELD = (more => "TlsGateLedger 10 kept/ledger\nTlsGateState \$DIR/state/state.json",
    dates => "TlsGateTrial 2018-07-10T09:00Z/PT1H every=P1D until=2018-07-20T00:00Z\nTlsGateCutoff 2018-08-01T00:00Z");
my $kept = guarded(@KEPT, httpd => { tolerates => [qr/AH00098: pid file \S+ overwritten/] });
my $held = guarded(@HELD, guard => "$GUARD hold", httpd => { tolerates => [qr/AH00098: pid file \S+ overwritten/] });
my $forgets = guarded();
my $state = TlsGate::State->new($held, sub { old($held) });
for ("$kept->{dir}/kept", "$held->{dir}/kept") {
    mkdir $_ or die "$_: $!";
    chmod 0755, $_;
}
sub trips { my ($h) = @_; return page($h, 'prometheus') =~ /^tlsgate_guard_trips_total\{schedule="legacy"\} (\d+)$/m ? $1 : 'none' }

sub taken_back { my ($h) = @_; return scalar(() = $h->error_log =~ /TLSGATE0089: schedule legacy: the stop by TlsGateGuard was lifted/g) }

# What httpd -t says of a stop, which is no error; undef: nothing.
sub foretells {
    my ($h, $what, $name) = @_;
    my ($code, $said) = $h->configtest;
    my @lines = $said =~ /^.*TLSGATE0058: (.*)$/mg;
    my @expected = defined $what ? qq{TlsGateLedger "kept/ledger": TlsGateGuard stopped a trial of schedule legacy at $DAY:00:30Z: $what; this outlasts a restart. To lift it: tlsgatectl resume legacy --reason TEXT} : ();
    return is_deeply([$code, map { s/TlsGateLedger "\S*kept/TlsGateLedger "kept/r } @lines], [0, @expected], $name);
}

# What it says of a reload.
sub reload_warned { my ($h) = @_; return ($h->configtest)[1] =~ /TLSGATE0053: [^\n]*<TlsGateSchedule "([^"]*)">: a reload now changes it, (.*)$/mg ? "$1 $2" : () }

# All of it at once, as when the machine fails.
sub kill_all {
    my ($h) = @_;
    my $pid = delete $h->{pid};
    kill KILL => $pid;
    waitpid($pid, 0);
    kill KILL => -$pid;
    return $h->wait_until(sub { !kill(0, -$pid) });
}

$_->start for $kept, $held, $forgets;
trip("$DAY:00", said => [
    [$kept, qr/TLSGATE0087: .*; until 2018-07-10T10:00:00Z old clients are served\. To lift/],
    [$held, qr/TLSGATE0087: .*; no further trial runs\. To lift it: tlsgatectl resume legacy --reason TEXT$/m],
    [$forgets, qr/TLSGATE0087/],
]);

# --- a stop and a start
$kept->stop;
$kept->stop_clock('2018-07-10T10:00:00Z');
foretells($kept, undef, 'httpd -t says nothing of a stop that is over');
$kept->stop_clock("$DAY:59:59Z");
foretells($kept, 'until 2018-07-10T10:00:00Z old clients are served', '... and to the second before that it is there');
$kept->start;
served_as($kept, 'after a full restart it is still stopped, until the same second', 'grace', guard => '2018-07-10T10:00:00Z');
is(trips($kept), 1, '... and the number of them goes on');
$kept->finish_ok(qr/TLSGATE0087/);

# --- without a file
$forgets->stop;
$forgets->start;
is(old($forgets), 426, 'without a file of the ledger a full restart forgets it');
$forgets->finish_ok(qr/TLSGATE0087/);

# --- hold, and httpd is killed
kill_all($held);
$held->stop_clock("$DAY:00:40Z");
foretells($held, 'no further trial runs', 'with hold httpd -t says that there is none');
$held->start;
served_as($held, 'it was written at once, without an end', 'grace', guard => undef);
$held->stop_clock('2018-07-11T09:00:00Z');
served_as($held, 'with hold the next trial does not run', 'grace', guard => undef);
$held->stop_clock('2018-07-11T10:00:00Z');
served_as($held, 'after it the dates decide', 'announced');
like(page($held, 'text'), qr/TlsGateGuard stopped a trial that rejected too much, at 2018-07-10T09:00:30Z: no trial runs until tlsgatectl resume legacy\./, '... and the page says that it holds');
$held->stop_clock('2018-08-01T00:00:00Z');
is(old($held), 426, 'the cutoff is not stopped');

# --- it is taken back, and the line that did that is taken out again after a full restart
$held->stop_clock('2018-07-12T09:30:00Z');
ok($state->apply({ schedule => 'legacy', kind => 'resume', reason => 'known', by => 'ops', since => '2018-07-12T09:30:00Z' }), 'a resume');
is(old($held), 426, '... lets the trial go on');
foretells($held, undef, '... and httpd -t knows that');
ok($held->wait_until(sub { taken_back($held) == 1 }), '... as the error log says');
$held->stop;
$held->start;
next_second('2018-07-12T09:30:10Z', $held);
is(old($held), 426, '... also after a full restart');
ok($state->apply, 'without it');
served_as($held, '... it is stopped again', 'grace', guard => undef);
ok($held->wait_until(sub { $held->error_log =~ /TLSGATE0059: schedule legacy: the trial that TlsGateGuard stopped at 2018-07-10T09:00:30Z is stopped again, because the resume that lifted the stop was removed; no further trial runs$/m }), '... as the error log says');
$held->stop;
$held->start;
next_second('2018-07-12T09:30:20Z', $held);
served_as($held, '... also after a full restart', 'grace', guard => undef);
is(join(' ', taken_back($held), scalar(() = $held->error_log =~ /TLSGATE0059/g)), '1 1', '... each is said once');
foretells($held, 'no further trial runs', '... and httpd -t says so');
SKIP: {
    local $held->{under} = [ 'strace', '-f', '-e', 'trace=open,openat', '-o', "$held->{dir}/trace" ];
    skip 'strace is not installed, or is not allowed to trace', 1 if ($held->configtest)[0];
    my @opened = TlsGate::Httpd::slurp("$held->{dir}/trace") =~ m{"[^"]*/state\.json"}g;
    is(scalar @opened, 1, '... for which, and for what it says of a reload, it reads the state once');
}
is_deeply([reload_warned($held)], [], '... and of no reload that rejects anyone');
$held->write_conf(conf_of(@HELD, guard => $GUARD));
foretells($held, undef, 'without hold httpd -t says nothing of the stop');
is_deeply([reload_warned($held)], ['legacy grace -> trial: TLS 1.0 is rejected at once; if that is not meant, look at TlsGateGuard, which had stopped its trial'], '... but of whom a reload rejects');
ok($held->graceful, 'hold is taken out');
ok($held->wait_until(sub { taken_back($held) == 2 }), '... which takes back what it held');
is(old($held), 426, '... so that the trial goes on');
kill_all($held);
$held->start;
is(old($held), 426, '... and that was written at once, too');
$held->finish_ok(qr/TLSGATE0087/);
done_testing;
