# What `tlsgatectl simulate` says of clients of TLS 1.3 where kx=classical is deprecated is what a real one
# gets: with a post-quantum group or without one, at a server that has such a group and at one that has none.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::SSL;
use Test::More;
use TlsGate::Client qw(ask has_post_quantum);
use TlsGate::Ctl qw(says);

my $has = has_post_quantum();
my $ctl = TlsGate::Ctl->new(runs => 0, waits => 1, tls => 0, tolerates => [qr/TLSGATE00(?:54|55)/], conf => <<'CONF' . ($has ? <<'MORE' : ''));
Listen @all@
Listen @none@
SSLSessionCache shmcb:run/ssl_cache(512000)
TlsGateLog logs/tlsgate.ndjson
<TlsGateSchedule quantum>
    TlsGateDeprecate kx=classical
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateCutoff    2018-08-01T00:00Z
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
TlsGate quantum
<VirtualHost *:@none@>
    ServerName none.example.com
    SSLEngine on
    SSLOpenSSLConfCmd Groups X25519:P-256
</VirtualHost>
CONF
<VirtualHost *:@all@>
    ServerName all.example.com
    SSLEngine on
    SSLOpenSSLConfCmd Groups X25519MLKEM768:X25519
</VirtualHost>
MORE
my $h = $ctl->{httpd};
$h->stop_clock('2018-07-01T00:00:00Z');
$h->start;

sub real { my ($host, $tls, @groups) = @_;
    my $r = ask(port => $h->port($host), tls => $tls, sni => "$host.example.com", @groups ? (groups => @groups) : ());
    return $r ? $r->{status} : $SSL_ERROR =~ /handshake failure/ ? 'alert 40' : $SSL_ERROR =~ /protocol version/ ? 'alert 70' : $SSL_ERROR;
}
sub said { my ($host, $tls) = @_;
    my ($answer) = map { $_->{new_client} } @{ $ctl->json_of($ctl->run('simulate', '--json', '--protocol', $tls, '--host', "$host.example.com"))->{answers} };
    return $answer->{alert} ? "alert $answer->{alert}" : $answer->{status} // 200;
}
for my $when (qw(2018-05-01 2018-07-01 2018-08-02 2018-11-02)) {
    $h->stop_clock("${when}T00:00:00Z");
    for my $tls (qw(TLSv1.2 TLSv1.3)) {
        is(said('none', $tls), real('none', $tls), "$when, $tls: a server without a post-quantum group");
    }
    is(said('all', 'TLSv1.3'), real('all', 'TLSv1.3', 'X25519MLKEM768'), "$when: one that has one") if $has;
}
$h->stop_clock('2018-08-02T00:00:00Z');
like($ctl->run('simulate', '--protocol', 'TLSv1.3', '--host', 'none.example.com')->{out}, qr/TLS 1\.3 at vhost none.*\n  a new client: +the handshake succeeds; each request is rejected with 403; from /, 'as text');
$h->finish_ok(qr/TLSGATE0055/);
done_testing;
