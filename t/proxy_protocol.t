# Behind a balancer that passes TCP on with the PROXY protocol, a handshake shows the balancer's
# address, and the client's shows in its requests. So an exempt network makes of Refuse a cutoff
# there, and nowhere else.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::INET;
use IO::Socket::SSL;
use Test::More;
use TlsGate::Client qw(ask);
use TlsGate::Httpd;
use TlsGate::State qw(document exempt);

my ($BEFORE, $NOW, $LAST, $END) = map { "2018-$_" } qw(10-31T23:59:59Z 11-05T00:00:00Z 11-11T23:59:59Z 11-12T00:00:00Z);
my $h = TlsGate::Httpd->new(modules => ['remoteip'], clock => $NOW, conf => <<'CONF');
Listen 127.0.0.1:@proxied@
Listen 127.0.0.1:@direct@
Timeout 20000000
TlsGateState $DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:@proxied@>
    SSLEngine on
    RemoteIPProxyProtocol On
</VirtualHost>
<VirtualHost *:@direct@>
    SSLEngine on
</VirtualHost>
CONF
my $state = TlsGate::State->new($h, sub { fate('direct', undef) });
$h->start;

# What becomes of a client of that address: a status, or an alert.
sub fate {
    my ($port, $client, $version) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $h->port($port), Timeout => 120) or die "no connection: $@\n";
    print $s "PROXY TCP4 $client 127.0.0.1 51234 443\r\n" if $port eq 'proxied';
    IO::Socket::SSL->start_SSL($s, SSL_version => $version // 'TLSv1', SSL_verify_mode => SSL_VERIFY_NONE,
        SSL_cipher_list => 'DEFAULT:@SECLEVEL=0', SSL_ca_file => (TlsGate::Httpd::certificate())[0])
        or return $SSL_ERROR =~ /alert (.*)/ ? $1 : $SSL_ERROR;
    return ask(on => $s, path => '/index.html')->{status};
}

my ($IN, $OUT, $REFUSED) = ('192.0.2.7', '198.51.100.7', 'protocol version');
my $applied = '';
my $network = exempt('legacy', '192.0.2.0/24', $END);

# when, exemptions, what; proxied: the client in the network, one outside; direct
for (
    [ $BEFORE, [],         'before Refuse, nobody is exempt', 426, 426, 426 ],
    [ $BEFORE, [$network], 'before Refuse, with a network',   200, 426, 426 ],
    [ $NOW,    [],         'nobody is exempt',                $REFUSED, $REFUSED, $REFUSED ],
    [ $NOW,    [$network], 'a network',                       200, 426, $REFUSED ],
    [ $LAST,   [$network], 'a network, in its last second',   200, 426, $REFUSED ],
    [ $END,    [$network], 'a network, whose time is over',   $REFUSED, $REFUSED, $REFUSED ],
    [ $NOW,    [exempt('legacy', '192.0.2.7/32', $END)],    'an address', 200, 426, $REFUSED ],
    [ $NOW,    [exempt('legacy', '127.0.0.0/8', $END)],  "the balancer's network", 426, 426, 200 ],
    [ $NOW,    [exempt('legacy', 'account:A-20', $END)], 'an account', 426, 426, 426 ],
) {
    my ($instant, $exemptions, $what, @fates) = @$_;
    $h->stop_clock($instant);
    # The same document once more is no new state.
    my $document = document(@$exemptions);
    $state->apply(@$exemptions) if $document ne $applied;
    $applied = $document;
    is_deeply([ fate('proxied', $IN), fate('proxied', $OUT), fate('direct') ], \@fates, "$what: @fates");
    is(fate('proxied', $IN, 'TLSv1_2'), 200, "$what: a modern client is served");
}

# What the log says of them: the phase is that of the answer.
$h->stop_clock($NOW);
$state->apply($network);
for ([ $IN, 'warn' ], [ $OUT, 'reject' ]) {
    my ($client, $verdict) = @$_;
    fate('proxied', $client);
    ok($h->wait_until(sub { grep { ($_->{client}{ip} // '') eq $client && $_->{tlsgate}{phase} eq 'cutoff'
        && $_->{tlsgate}{verdict} eq $verdict && $_->{http} } $h->sightings }), "$client: cutoff and $verdict in the log");
}
$h->finish_ok;
done_testing;
