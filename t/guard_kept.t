# What TlsGateGuard stopped stays so over a full restart, also if httpd was killed in the second after; with hold no
# further trial runs until that is taken back, or hold is. Without a file of the ledger a full restart forgets it.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Guard qw(conf_of guarded old page served_as trip);
use TlsGate::Httpd;

my $DAY = '2018-07-10T09';
my $GUARD = 'TlsGateGuard 50% min=2 over=PT10S';
my @KEPT = (more => 'TlsGateLedger 10 kept/ledger');
my @HELD = (more => "TlsGateLedger 10 kept/ledger\nTlsGateState \$DIR/state/state.json",
    dates => "TlsGateTrial 2018-07-10T09:00Z/PT1H every=P1D until=2018-07-20T00:00Z\nTlsGateCutoff 2018-08-01T00:00Z");
my $kept = guarded(@KEPT, httpd => { tolerates => [qr/AH00098: pid file \S+ overwritten/] });
my $held = guarded(@HELD, guard => "$GUARD hold", httpd => { tolerates => [qr/AH00098: pid file \S+ overwritten/] });
my $forgets = guarded();
for ("$kept->{dir}/kept", "$held->{dir}/kept", "$held->{dir}/state") {
    mkdir $_ or die "$_: $!";
    chmod 0755, $_;
}
sub trips { my ($h) = @_; return page($h, 'prometheus') =~ /^tlsgate_guard_trips_total\{schedule="legacy"\} (\d+)$/m ? $1 : 'none' }

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
    [$kept, qr/TLSGATE0087: .*; until 2018-07-10T10:00:00Z old clients are served\. To take/],
    [$held, qr/TLSGATE0087: .*; no further trial runs\. To take that back: tlsgatectl resume legacy --reason TEXT$/m],
    [$forgets, qr/TLSGATE0087/],
]);

# --- a stop and a start
$kept->stop;
$kept->stop_clock("$DAY:59:59Z");
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
$held->start;
served_as($held, 'it was written at once, without an end', 'grace', guard => undef);
$held->stop_clock('2018-07-11T09:00:00Z');
served_as($held, 'with hold the next trial does not run', 'grace', guard => undef);
$held->stop_clock('2018-07-11T10:00:00Z');
served_as($held, 'after it the dates decide', 'announced');
like(page($held, 'text'), qr/TlsGateGuard stopped a trial that rejected too much, at 2018-07-10T09:00:30Z: no trial runs until that is taken back\./, '... and the page says that it holds');
$held->stop_clock('2018-08-01T00:00:00Z');
is(old($held), 426, 'the cutoff is not stopped');
$held->stop_clock('2018-07-12T09:30:00Z');
$held->write_conf(conf_of(@HELD, guard => $GUARD));
ok($held->graceful, 'hold is taken out');
ok($held->wait_until(sub { $held->error_log =~ /TLSGATE0089: schedule legacy: what TlsGateGuard stopped was taken back/ }), '... which takes back what it held');
is(old($held), 426, '... so that the trial goes on');
kill_all($held);
$held->start;
is(old($held), 426, '... and that was written at once, too');
$held->finish_ok(qr/TLSGATE0087/);
done_testing;
