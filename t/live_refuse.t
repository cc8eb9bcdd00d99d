# Refusal obeys the state file while httpd runs: a suspension or an exempt network lets a
# refused handshake in again, and an exempt client turns Refuse into a cutoff for its schedule,
# because it is identified only by a request.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::SSL;
use Test::More;
use TlsGate::Client qw(ask connect_to json_of);
use TlsGate::Httpd;
use TlsGate::RawHello qw(shake told);
use TlsGate::Stacks qw(imf_date);
use TlsGate::State qw(exempt postpone suspend trial);

my ($NOW, $END) = ('2018-11-05T00:00:00Z', '2018-11-12T00:00:00Z');
my $LAST = '2018-11-11T23:59:59Z'; # the last second before the end
my ($h, $state);

sub old { my (%o) = @_; return ask(port => $h->port, tls => 'TLSv1', %o) }

# Its status, or the alert.
sub fate {
    my (%o) = @_;
    my $s = connect_to(port => $h->port, tls => 'TLSv1', %o);
    return $SSL_ERROR =~ /alert (.*)/ ? $1 : $SSL_ERROR unless $s;
    my $r = ask(on => $s, %o);
    close $s;
    return $r ? $r->{status} : 'nothing';
}

# The same at that second.
sub fate_at { my ($instant, %o) = @_; $h->stop_clock($instant); return fate(%o) }

sub told_from { my ($address) = @_; return told(shake(port => $h->port, from => $address, legacy => 'TLSv1')) }

sub server {
    my ($mpm) = @_;
    $h = TlsGate::Httpd->new(mpm => $mpm, clock => $NOW, conf => <<'CONF');
Listen 127.0.0.1:@tls@
Timeout 20000000
TlsGateState $DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule oldest>
    TlsGateDeprecate TLSv1
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
TlsGateIdentity header:X-Account
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:@tls@>
    ServerName one.example.com
    SSLEngine on
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName two.example.com
    SSLEngine on
    TlsGate legacy oldest
</VirtualHost>
CONF
    $state = TlsGate::State->new($h, sub { fate() });
    return $h->start;
}

# The sightings of refused handshakes.
sub refused { return grep { $_->{tlsgate}{verdict} eq 'refuse' } $h->sightings }

sub suspended {
    is(fate(), 'protocol version', 'an old client is refused');
    ok($state->apply(suspend('legacy', $END)), 'a suspend is applied, during a handshake');
    is(fate(), 200, 'and lets the handshake in');
    is(old()->{headers}{sunset}, imf_date($END), 'until the suspension ends');
    is(fate(sni => 'two.example.com'), 'protocol version', 'another schedule still refuses');
    is(fate_at($LAST), 200, 'the last second');
    is(fate_at($END), 'protocol version', 'it ends by itself');
    is(fate_at($NOW), 200, 'once more');
    my $s = connect_to(port => $h->port, tls => 'TLSv1.1');
    ok($state->apply(), 'it is removed');
    my $r = ask(on => $s);
    is($r->{status}, 426, 'a request on an open connection is rejected');
    is(json_of($r)->{phase}, 'refuse', '... in the phase refuse');
    close $s;
    is(fate(), 'protocol version', 'a new one is refused');
}

sub exempt_network {
    ok($state->apply(exempt('legacy', '127.0.1.0/24', $END)), 'a network is exempt');
    is(told_from('127.0.1.7'), 'TLSv1', 'a client in it is let in');
    is(told_from('127.0.2.7'), 'alert 70', 'another is refused');
    $h->stop_clock($LAST);
    is(told_from('127.0.1.7'), 'TLSv1', 'the last second');
    $h->stop_clock($END);
    is(told_from('127.0.1.7'), 'alert 70', 'it ends by itself');
    $h->set_clock($NOW);
    ok($state->apply(exempt('legacy', '127.0.0.0/8', $END)), 'a network with this client in it');
    is(fate(), 200, 'its request is served');
    my $seen = sub { my ($last) = grep { $_->{tlsgate}{exemption} } $h->sightings; $last && $last->{tlsgate} };
    ok($h->wait_until($seen), 'the log names the exemption');
    is_deeply([@{ $seen->() }{qw(phase verdict exemption)}], ['refuse', 'warn', { owner => 'sales', until => $END }], '... and the phase');
    is(fate(sni => 'two.example.com'), 'protocol version', 'another schedule refuses it');
}

sub exempt_client {
    my @acme = (headers => ['X-Account: acme']);
    ok($state->apply(exempt('legacy', 'account:acme', $END)), 'a client is exempt');
    my $refused = () = refused();
    my $r = old();
    is_deeply([$r->{status}, json_of($r)->{phase}], [426, 'cutoff'], 'no client is refused: an answer instead of an alert');
    is(fate(@acme), 200, 'the exempt client is served');
    is(fate(headers => ['X-Account: other']), 426, 'another is rejected');
    is(scalar(() = refused()), $refused, 'no handshake is logged as refused');
    is(fate(sni => 'two.example.com', @acme), 'protocol version', 'a schedule that does not exempt it refuses');
    is(fate_at($LAST, @acme), 200, 'the last second');
    is(fate_at($END, @acme), 'protocol version', 'it ends, and handshakes are refused again');
    is(fate_at($NOW, @acme), 200, 'once more');
    ok($state->apply(exempt('other', 'account:acme', $END)), 'an exemption of another schedule');
    is(fate(@acme), 'protocol version', 'opens nothing');
}

sub postponed {
    my $later = '2018-12-01T00:00:00Z';
    ok($state->apply(postpone('legacy', '2018-08-07T08:40:00Z', $later)), 'a postponement beyond Refuse');
    is(fate_at('2018-11-30T23:59:59Z'), 200, 'moves Refuse too');
    is(fate_at($later), 'protocol version', 'to the second');
    $h->set_clock($NOW);
    ok($state->apply(trial('legacy', $END)), 'a trial');
    is(fate(), 'protocol version', 'does not weaken Refuse');
}

chomp(my $libexec = `apxs -q LIBEXECDIR`);
for my $mpm (qw(prefork worker event)) {
    SKIP: {
        skip "httpd has no $mpm", 1 unless -e "$libexec/mod_mpm_$mpm.so";
        note($mpm);
        server($mpm);
        suspended();
        exempt_network();
        exempt_client();
        postponed();
        is($state->taken, $state->{put}, 'each new state was reported once');
        $h->finish_ok;
    }
}

done_testing;
