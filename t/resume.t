# Resumed sessions: one that was made before the date, by id or by ticket, does not
# let a client in after Refuse; those of modern clients still work.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;

my ($BEFORE, $REFUSE) = ('2018-10-31T23:59:00Z', '2018-11-01T00:00:00Z');
my ($openssl) = grep { -x } map {"$_/openssl"} split(/:/, $ENV{PATH});
plan skip_all => 'openssl is not installed' unless $openssl;

my %FLAG = ('TLSv1' => '-tls1', 'TLSv1.1' => '-tls1_1', 'TLSv1.2' => '-tls1_2', 'TLSv1.3' => '-tls1_3');

my $h = TlsGate::Httpd->new(clock => $BEFORE, conf => <<'CONF')->start;
Listen 127.0.0.1:@id@
Listen 127.0.0.1:@ticket@
Timeout 20000000
SSLSessionCacheTimeout 86400
Header always set X-Resumed "%{SSL_SESSION_RESUMED}s over %{SSL_PROTOCOL}s"
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule all-but-newest>
    TlsGateDeprecate TLSv1 TLSv1.1 TLSv1.2
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:@id@>
    ServerName one.example.com
    SSLEngine on
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@id@>
    ServerName two.example.com
    SSLEngine on
    TlsGate all-but-newest
</VirtualHost>
<VirtualHost *:@ticket@>
    ServerName one.example.com
    SSLEngine on
    SSLSessionTickets on
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@ticket@>
    ServerName two.example.com
    SSLEngine on
    SSLSessionTickets on
    TlsGate all-but-newest
</VirtualHost>
CONF

# One request by s_client, which saves its session to a file, or reads it from there. Returns the
# server's report of it, or "no answer".
sub visit {
    my ($port, $host, $tls, $how, $file) = @_;
    local $ENV{OPENSSL_CONF} = '/dev/null';
    my $pid = open(my $out, '-|') // die "fork: $!";
    if (!$pid) {
        open(STDIN, '-|', 'printf', "GET / HTTP/1.0\\r\\nHost: $host\\r\\n\\r\\n");
        open(STDERR, '>', '/dev/null');
        { exec $openssl, 's_client', '-connect', '127.0.0.1:' . $h->port($port), $FLAG{$tls}, '-servername', $host,
            '-cipher', 'DEFAULT:@SECLEVEL=0', '-ign_eof', $how, $file }
        exit 127;
    }
    my $text = do { local $/; <$out> };
    close $out;
    my ($status) = $text =~ m{^HTTP/1\.1 (\d+)}m or return 'no answer';
    my ($resumed) = $text =~ /^X-Resumed: (.*?)\s*$/m;
    # Both ends must agree about it.
    my $reused = $text =~ /^Reused, /m ? 'Resumed' : 'Initial';
    return "$status $resumed" . ($resumed =~ /^$reused / ? '' : ", the client says $reused");
}

my $dir   = $h->dir;
my $lines = 0;
for my $port (qw(id ticket)) {
    for (
        # host, version, is it refused
        [ 'one.example.com', 'TLSv1',   1 ],
        [ 'one.example.com', 'TLSv1.1', 1 ],
        [ 'one.example.com', 'TLSv1.2', 0 ],
        [ 'one.example.com', 'TLSv1.3', 0 ],
        [ 'two.example.com', 'TLSv1.2', 1 ],
        [ 'two.example.com', 'TLSv1.3', 0 ],
    ) {
        my ($host, $tls, $refused) = @$_;
        my $what    = "by $port, $host, $tls";
        my $session = "$dir/$port-$host-$tls";
        my @visit   = ($port, $host, $tls);
        $h->set_clock($BEFORE);
        is(visit(@visit, '-sess_out', $session), "200 Initial over $tls", "$what: a new session");
        is(visit(@visit, '-sess_in',  $session), "200 Resumed over $tls", "$what: it is resumed");
        # A ticket of TLS 1.3 is for one use, and the answer came with the next one.
        visit(@visit, '-sess_out', $session) if $tls eq 'TLSv1.3';
        $h->set_clock($REFUSE);
        is(visit(@visit, '-sess_in', $session), $refused ? 'no answer' : "200 Resumed over $tls",
            "$what: from Refuse on " . ($refused ? 'not' : 'resumed as before'));
        next unless $refused;
        my @all = $h->wait_sightings($lines += 3);
        is(scalar @all, $lines, "$what: two lines before, and one after");
        my $line = $all[-1];
        is_deeply([ @{ $line->{tlsgate} }{qw(verdict alert protocol)}, $line->{tls}{established} ? 1 : 0 ],
            [ 'refuse', 'protocol_version', $tls, 0 ], "$what: refused in the handshake");
    }
}
$h->finish_ok;
done_testing;
