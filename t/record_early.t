# A deprecated connection is recorded as soon as a request was read, whichever module answers
# it: also if mod_ssl or httpd itself does so before any hook of this module. The status is the one
# that was sent, the verdict the one that would have been, and nothing was enforced.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask connect_to read_response);
use TlsGate::Httpd;

my $CONF = <<'CONF';
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@plain@
LimitRequestBody 10
LimitRequestLine 200
LimitRequestFieldSize 100
TraceEnable off
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
<TlsGateSchedule http>
    TlsGateDeprecate cleartext
</TlsGateSchedule>
<TlsGateSchedule conditional>
    TlsGateDeprecate "expr=%{REQUEST_URI} =~ m#^/x/# && -U %{REQUEST_URI}"
</TlsGateSchedule>
TlsGate legacy http conditional
TlsGateLog logs/tlsgate.ndjson
LogFormat "%>s %{TLSGATE_PROTOCOL}e %{TLSGATE_VERDICT}e" variables
CustomLog logs/variables variables
Header always set X-Gate "%{TLSGATE_PROTOCOL}e %{TLSGATE_VERDICT}e"
<VirtualHost *:@tls@>
    ServerName a.test
    SSLEngine on
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName b.test
    SSLEngine on
    SSLCertificateFile $DIR/other.pem
    SSLCertificateKeyFile $DIR/other.key
    <Location /open>
        TlsGate off
    </Location>
    <Location "/alte api">
        TlsGate legacy report-only
    </Location>
    <Location /sorry>
        ErrorDocument 421 "nobody reads this: a <Location> was not looked at yet"
    </Location>
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName strict.test
    SSLEngine on
    SSLStrictSNIVHostCheck on
</VirtualHost>
<VirtualHost *:@plain@>
    TlsGate off
    ErrorDocument 400 /bad.html
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName page.test
    SSLEngine on
    SSLCertificateFile $DIR/other.pem
    SSLCertificateKeyFile $DIR/other.key
    ErrorDocument 421 /misdirected.html
    AllowEncodedSlashes NoDecode
    <Location /open>
        TlsGate off
    </Location>
</VirtualHost>
CONF

# Messages of mod_ssl and httpd about such requests, at any level.
my $h = TlsGate::Httpd->new(clock => '2018-07-10T08:30:00Z', conf => '', tolerates => [ qr{AH01909: },
    qr/AH0203[123]: /, qr/AH02032: /, qr/core:error\]/, qr/AH0224[0-9]: /, qr/http:error\]/ ]);
make_other();
$CONF =~ s/\$DIR/$h->dir/ge;
$h->write_conf($CONF);
$h->write_file('htdocs/misdirected.html', "another host, please\n");
$h->start;

sub make_other {
    my $dir = $h->dir;
    local $ENV{OPENSSL_CONF} = '/dev/null';
    TlsGate::Clock::stopped_at('2009-01-01T00:00:00Z', sub {
        system("openssl req -x509 -newkey rsa:2048 -nodes -days 36500 -subj /CN=b.test -keyout $dir/other.key -out $dir/other.pem 2>/dev/null")
    }) == 0 or die "no certificate\n";
}

sub request { my ($line, @headers) = @_; return join("\r\n", $line, @headers, '', '') }

my $LONG = 'x' x 300;
# name, request, status, and the host, path and method in the line.
my @TABLE = (
    [ 'mod_ssl: a vhost with another certificate', request('GET /a HTTP/1.1', 'Host: b.test', 'User-Agent: old/1'),
      421, 'b.test', '/a', 'GET' ],
    [ 'and a query, which is not recorded', request('GET /a?key=secret HTTP/1.1', 'Host: b.test'), 421, 'b.test', '/a', 'GET' ],
    [ 'and a path that is encoded', request('GET /%61?key=secret HTTP/1.1', 'Host: b.test'), 421, 'b.test', '/a', 'GET' ],
    [ 'and a body', request('POST /a HTTP/1.1', 'Host: b.test', 'Content-Length: 3') . 'abc', 421, 'b.test', '/a', 'POST' ],
    [ 'and HTTP/1.0', request('GET /a HTTP/1.0', 'Host: b.test'), 421, 'b.test', '/a', 'GET' ],
    [ 'and an ErrorDocument', request('GET /a HTTP/1.1', 'Host: page.test'), 421, 'page.test', '/a', 'GET' ],
    [ 'mod_ssl: no server name, strictly', request('GET /a HTTP/1.1', 'Host: strict.test'), 403, 'strict.test', '/a', 'GET' ],
    [ 'no Host', request('GET /a HTTP/1.1'), 400, undef, '/a', 'GET' ],
    [ 'an invalid Host', request('GET /a HTTP/1.1', 'Host: a b'), 400, undef, '/a', 'GET' ],
    [ 'a header without a colon', request('GET /a HTTP/1.1', 'Host: a.test', 'nonsense'), 400, undef, '/a', 'GET' ],
    [ 'a header that is too long', request('GET /a HTTP/1.1', "X-Long: $LONG", 'Host: a.test'), 400, undef, '/a', 'GET' ],
    [ 'an invalid request line', request('GET'), 400, undef, '/', 'GET' ],
    [ 'an invalid method', request('G@T /a?key=secret HTTP/1.1', 'Host: a.test'), 400, undef, '/a', 'G@T' ],
    [ 'an invalid protocol', request('GET /a FTP/1.1', 'Host: a.test'), 400, undef, '/a', 'GET' ],
    [ 'an invalid path', request('GET a?key=secret HTTP/1.1', 'Host: a.test'), 400, undef, 'a', 'GET' ],
    [ 'a path with a NUL', request('GET /a%00 HTTP/1.1', 'Host: a.test'), 404, 'a.test', '/a%00', 'GET' ],
    [ 'an invalid length', request('POST /a HTTP/1.1', 'Host: a.test', 'Content-Length: x'), 400, undef, '/a', 'POST' ],
    [ 'a request line that is too long', request("GET /$LONG HTTP/1.1", 'Host: a.test'), 414, undef, undef, undef ],
    [ 'an unknown expectation', request('GET /a HTTP/1.1', 'Host: a.test', 'Expect: more'), 417, 'a.test', '/a', 'GET' ],
    [ 'an unknown transfer coding', request('POST /a HTTP/1.1', 'Host: a.test', 'Transfer-Encoding: x'), 400, undef, '/a', 'POST' ],
    [ 'a body that is too long', request('POST /index.html HTTP/1.1', 'Host: a.test', 'Content-Length: 20') . 'x' x 20,
      413, 'a.test', '/index.html', 'POST' ],
    [ 'an unknown method', request('BREW /index.html HTTP/1.1', 'Host: a.test'), 501, 'a.test', '/index.html', 'BREW' ],
    [ 'an unsupported scheme', request('GET ftp://a.test/a HTTP/1.1', 'Host: a.test'), 400, 'a.test', '/a', 'GET' ],
);

my ($seen, @at) = (0);
sub answered {
    my ($raw, $tls, $port) = @_;
    my $s = connect_to(port => $h->port($port), tls => $tls) or return;
    print $s $raw;
    return read_response($s);
}

for my $at ([ '2018-07-10T08:30:00Z', 'warn', 'announced' ], [ '2018-07-10T09:30:00Z', 'reject', 'trial' ],
    [ '2018-09-01T00:00:00Z', 'reject', 'cutoff' ])
{
    my ($instant, $verdict, $phase) = @$at;
    $h->set_clock($instant);
    for (@TABLE) {
        my ($name, $raw, $status, $host, $path, $method) = @$_;
        # Requests that reach the gate are answered by this module.
        my $gate = $verdict eq 'reject' && ($status == 413 || $status == 501);
        my $r = answered($raw, 'TLSv1');
        is($r && $r->{status}, $gate ? 426 : $status, "$phase, $name: the status");
        is($r->{headers}{'x-gate'}, "TLSv1 $verdict", "$phase, $name: the variables");
        my @s = $h->wait_sightings(++$seen);
        is(scalar @s, $seen, "$phase, $name: one line");
        my $s = $s[-1];
        is_deeply(
            [ $s->{http}{response}{status_code}, $s->{url}{domain}, $s->{url}{path}, $s->{http}{request}{method}, $s->{tls}{version},
              @{ $s->{tlsgate} }{qw(schedule phase verdict)}, $s->{tlsgate}{enforced} ? 1 : 0 ],
            [ $r->{status}, $host, $path, $method, '1.0', 'legacy', $phase, $verdict,
              $gate || ($verdict eq 'warn' && $r->{status} =~ /^(413|501)$/) ? 1 : 0 ],
            "$phase, $name: the line") or diag explain $s;
        ok(length($s->{tls}{client}{ja4} // ''), "$phase, $name: the line has a JA4");
    }
}
is(scalar(() = TlsGate::Httpd::slurp($h->dir . '/tlsgate.ndjson') =~ /secret/g), 0, 'no query is in the log');

# By its path: the schedules that would have applied.
is(answered(request('GET /open HTTP/1.1', 'Host: b.test'), 'TLSv1')->{status}, 421, 'no schedule applies: the status');
is(answered(request('GET /alte%20api/x HTTP/1.1', 'Host: b.test'), 'TLSv1')->{status}, 421, 'another scope: the status');
is(answered(request('GET /open%2fapi HTTP/1.1', 'Host: b.test'), 'TLSv1')->{status}, 421, 'a path that would be refused is decoded: the status');
my @s = $h->wait_sightings(++$seen);
is(scalar @s, $seen, 'no schedule applies: no line');
is($s[-1]{url}{path}, '/alte%20api/x', 'another scope: its line');
is(answered(request('GET /open%2fapi HTTP/1.1', 'Host: page.test'), 'TLSv1')->{status}, 421, 'a slash that stays encoded: the status');
@s = $h->wait_sightings(++$seen);
is_deeply([scalar @s, $s[-1]{url}{path}], [$seen, '/open%2fapi'], 'a slash that stays encoded is in no <Location> of decoded slashes');

# No other clients.
for (@TABLE) {
    my ($name, $raw, $status) = @$_;
    my $r = answered($raw, 'TLSv1.2');
    is($r && $r->{status}, $status, "TLSv1.2, $name: the status");
    is($r->{headers}{'x-gate'}, '(null) (null)', "TLSv1.2, $name: no variables");
}
is(answered(request('GET / HTTP/1.1', 'Host: a.test'), 'TLSv1')->{status}, 426, 'the last');
is(scalar(@s = $h->wait_sightings(++$seen)), $seen, 'a modern client has no line, whichever module answers it');

# Plain HTTP on a TLS port.
is(answered(request('GET /a HTTP/1.1', 'Host: a.test'), undef)->{status}, 400, 'plain HTTP on a TLS port');
@s = $h->wait_sightings(++$seen);
is_deeply([ $s[-1]{tlsgate}{protocol}, $s[-1]{tlsgate}{schedule}, $s[-1]{http}{response}{status_code}, $s[-1]{tlsgate}{enforced} ],
    [ 'cleartext', 'http', 400, JSON::PP::false() ], 'is recorded as that');

# The variables for CustomLog.
my %lines;
$lines{$_}++ for split(/\n/, TlsGate::Httpd::slurp($h->dir . '/logs/variables'));
is($lines{'421 TLSv1 warn'}, 6, 'CustomLog has the variables of an early answer');
ok($lines{'421 - -'}, 'and none for modern clients');

$h->finish_ok;
done_testing;
