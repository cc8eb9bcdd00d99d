# ProxyPass with mapping= takes a path before httpd decodes it, and the backend decodes it: what the
# schedule rejects is rejected in every spelling that the backend takes for it.
use strict;
use warnings;
use lib 't/lib';

use Test::More;
use TlsGate::Client qw(connect_to read_response);
use TlsGate::Httpd;

my %HOSTS = map {
    my $pass = "ProxyPass / http://127.0.0.1:\@back\@/ mapping=$_";
    ("api_$_" => "<Location /api>\nTlsGate legacy\n</Location>\n$pass",
     "open_$_" => "TlsGate legacy\n<Location /open>\nTlsGate off\n</Location>\n$pass",
     "expr_$_" => "TlsGate expression\n$pass",
     "nodecode_$_" => "AllowEncodedSlashes NoDecode\n<Location /api>\nTlsGate legacy\n</Location>\n$pass")
} qw(encoded servlet);
$HOSTS{plain} = "<Location /api>\nTlsGate legacy\n</Location>\nProxyPass / http://127.0.0.1:\@back\@/";
$HOSTS{plain_on} = "AllowEncodedSlashes On\n$HOSTS{plain}";
my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', modules => [qw(proxy proxy_http)], conf => <<'CONF' . join '', map { "Listen 127.0.0.1:\@$_\@\n<VirtualHost *:\@$_\@>\nSSLEngine on\n$HOSTS{$_}\n</VirtualHost>\n" } sort keys %HOSTS);
Listen 127.0.0.1:@back@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule expression>
    TlsGateDeprecate "expr=%{REQUEST_URI} =~ m#^/api# && %{SSL_PROTOCOL} == 'TLSv1'"
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<VirtualHost *:@back@>
    RewriteEngine on
    RewriteRule ^ $DIR/htdocs/app.txt
    AllowEncodedSlashes On
</VirtualHost>
CONF
$h->write_file('htdocs/app.txt', "application\n");
$h->start;

sub status {
    my ($port, $tls, $path) = @_;
    my $s = connect_to(port => $h->port($port), tls => $tls) or return 'no connection';
    print $s "GET $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    my $r = read_response($s, 'GET') or return 'nothing';
    return $r->{status};
}

for my $mapping (qw(encoded servlet)) {
    for (
        [api => qw(/api/x /api%2fx /api%2Fx /x%2f..%2fapi/x /%2fapi/x /x/..%2fapi%2fx /%61pi%2fx)],
        [open => qw(/x /open/..%2fapi/x /open/%2e%2e%2fapi/x /open%2f..%2fx)],
        [expr => qw(/api/x /%61pi/x /x%2f..%2fapi/x /%2fapi/x)],
        [nodecode => qw(/api%2fx /x%2f..%2fapi/x)],
    ) {
        my ($host, @paths) = @$_;
        for my $path (@paths) {
            is(status("${host}_$mapping", 'TLSv1', $path), $host eq 'expr' ? 403 : 426, "$host, $mapping: $path");
            is(status("${host}_$mapping", 'TLSv1.2', $path), 200, '... and a modern client');
        }
    }
    is(status("api_$mapping", 'TLSv1', $_), 200, "$mapping: $_ is served") for qw(/x%2fapi /x%20y);
    is(status("open_$mapping", 'TLSv1', $_), 200, "$mapping: $_ is open") for qw(/open/x%20y /open/x%2fy);
}
# Without mapping= httpd decodes once, and what is encoded twice is another path, to httpd and the backend.
for (['plain', '/api%2fx' => 404], ['plain', '/a%70i/x' => 426], ['plain', '/a%2570i/x' => 200], ['plain', '/x%252f..%252fapi' => 200],
    ['plain_on', '/api%2fx' => 426], ['plain_on', '/a%2570i/x' => 200], ['plain_on', '/api/%2570' => 426]) {
    my ($host, $path, $status) = @$_;
    is(status($host, 'TLSv1', $path), $status, "$host, no mapping=: $path");
}
$h->finish_ok;
done_testing;
