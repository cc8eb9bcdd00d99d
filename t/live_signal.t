# A child of prefork that is told to end (SIGTERM) while it takes a new state into use: its handler
# frees all that its connection holds, on the only thread that there is, and the child is gone. It
# does not wait for itself.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Faults;
use TlsGate::Httpd;
use TlsGate::State qw(suspend);

my $h = TlsGate::Httpd->new(mpm => 'prefork', conf => <<'CONF');
Listen 127.0.0.1:@tls@
SSLEngine on
KeepAliveTimeout 600
Timeout 600
LogFormat "%P" pid
CustomLog logs/pid pid
TlsGateState $DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
TlsGate legacy
CONF
my $faults = TlsGate::Faults->new($h);
my $state = TlsGate::State->new($h, sub { ask(port => $h->port, tls => 'TLSv1') });

sub is_gone { my ($pid) = @_; return TlsGate::Httpd::slurp("/proc/$pid/stat") !~ /\) [^ZX]/ }
sub pid { my ($text) = TlsGate::Httpd::slurp($h->dir . '/logs/pid'); return (split /\n/, $text)[-1] }

$h->start;
my $until = '2099-01-01T00:00:0';
ok($state->apply(suspend('legacy', "${until}0Z")), 'a state in force');

# A connection that uses it, and stays; so its child serves nobody else.
my $kept = connect_to(port => $h->port, tls => 'TLSv1');
is(ask(on => $kept)->{status}, 200, 'a connection that is kept');
ok($h->wait_until(sub { (pid() // '') =~ /^\d+$/ }), '... by a child');
my $child;
for my $n (1 .. 2) {
    # Of the requests so far the last one in the log is that of the kept connection.
    ask(on => $kept);
    $child = pid();
}
ok(!is_gone($child), "... of pid $child");

# Another child takes the next state, so that this one has to parse it for its next request.
ok($state->apply(suspend('legacy', "${until}1Z")), 'the next state is in force');
$faults->only("json_loadb 15 $child");
print $kept "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
ok($h->wait_until(sub { is_gone($child) }), '... and the child, told to end while it parses that, is gone');
$faults->none;
is(ask(port => $h->port, tls => 'TLSv1')->{status}, 200, 'the others serve');
$h->finish_ok;
done_testing;
