# Children that end while they take a new state into use. A child of prefork that is told to end (SIGTERM) while it takes a new state into use: its handler
# frees all that its connection holds, on the only thread that there is, and the child is gone. It
# does not wait for itself. And where one is killed before it could say that a state is in force, the next
# one says it.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Faults;
use TlsGate::Httpd;
use TlsGate::State qw(document suspend);

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

# A connection that uses it, and stays, so its child serves no other.
my $kept = connect_to(port => $h->port, tls => 'TLSv1');
is(ask(on => $kept)->{status}, 200, 'a kept connection');
ok($h->wait_until(sub { (pid() // '') =~ /^\d+$/ }), '... by a child');
my $child;
for my $n (1 .. 2) {
    # The last request in the log so far is that of the kept connection.
    ask(on => $kept);
    $child = pid();
}
ok(!is_gone($child), "... of pid $child");

# Another child applies the next state, so that this one has to take it into use for its next request.
ok($state->apply(suspend('legacy', "${until}1Z")), 'the next state is in force');
$faults->only("apr_pool_tag 15 $child");
print $kept "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
ok($h->wait_until(sub { is_gone($child) }), '... and the child, told to end while it takes that into use, is gone');
$faults->none;
is(ask(port => $h->port, tls => 'TLSv1')->{status}, 200, 'the others serve');

my $taken = $state->taken;
$faults->only('write 9 /error_log');
$state->put(document());
ok($h->wait_until(sub { ask(port => $h->port, tls => 'TLSv1'); $faults->is_over }, undef, 0.1), 'a child that is killed when it says that a state is in force');
ok($h->wait_until(sub { my $r = ask(port => $h->port, tls => 'TLSv1'); $r && ($r->{status} // 0) == 426 }), '... which it is');
ok($h->wait_until(sub { ask(port => $h->port, tls => 'TLSv1'); $state->taken > $taken }, undef, 0.1), '... and the next one says so');
like($h->error_log, qr/generation 3 is in force: 0 overrides/, '... in the same words');
is($state->taken, $taken + 1, '... once');
$h->finish_ok;
done_testing;
