# Every method, every form of a request line, and request bodies: all are rejected
# immediately, before the body is read.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;
use TlsGate::Client qw(ask connect_to read_response json_of);

my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z',
    modules => [qw(proxy proxy_http proxy_connect)], conf => <<'CONF');
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@forward@
Listen 127.0.0.1:@target@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
LimitRequestBody 0
<VirtualHost *:@tls@>
    SSLEngine on
    <Location /limited>
        LimitRequestBody 10
    </Location>
    <Location /open>
        TlsGate off
    </Location>
</VirtualHost>
<VirtualHost *:@forward@>
    SSLEngine on
    ProxyRequests on
    AllowCONNECT @target@
</VirtualHost>
<VirtualHost *:@target@>
    TlsGate off
    CustomLog logs/target "%r"
</VirtualHost>
CONF
$h->start;
my $target = $h->port('target');

# Sends exactly this text and reads the answer.
sub raw {
    my ($tls, $raw, %o) = @_;
    return ask(port => $h->port, tls => $tls, raw => $raw, %o);
}

# method, request target, answer to a modern client
for (
    ['GET',     '/',                  200],
    ['HEAD',    '/',                  200],
    ['POST',    '/',                  200],
    ['PUT',     '/new',               405],
    ['DELETE',  '/index.html',        405],
    ['PATCH',   '/',                  405],
    ['OPTIONS', '/',                  200],
    ['OPTIONS', '*',                  200],
    ['TRACE',   '/',                  200],
    ['PROPFIND', '/',                 405],
    ['BREW',    '/',                  501],
    ['GET',     'https://localhost/', 200],
    ['GET',     'http://localhost/',  200],
    ['GET',     '/none',              404],
    ['GET',     '/?q=%00',            200],
    ['GET',     '//',                 200],
    ['GET',     '/%zz',               400],
    ['CONNECT', 'localhost:443',      405],
) {
    my ($method, $to, $modern) = @$_;
    my $request = "$method $to HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    my $r = raw('TLSv1.2', $request, method => $method);
    is($r->{status}, $modern, "$method $to over TLSv1.2: $modern");
    $r = raw('TLSv1', $request, method => $method);
    is($r->{status}, $modern == 400 ? 400 : 426, "$method $to over TLSv1: rejected");
    next if $modern == 400 || $method eq 'HEAD';
    is(json_of($r)->{schedule}, 'legacy', "$method $to over TLSv1: with the reason");
}
my $trace = raw('TLSv1', "TRACE / HTTP/1.1\r\nHost: localhost\r\nX-Secret: 1\r\nConnection: close\r\n\r\n");
unlike($trace->{body}, qr/X-Secret/, 'TRACE does not echo');
my $r = raw('TLSv1', "GET / HTTP/1.0\r\n\r\n");
is($r->{status}, 426, 'HTTP/1.0 without Host');
$r = raw('TLSv1', "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
is($r->{status}, 426, 'HTTP/1.0 that wants its connection kept');
is(raw('TLSv1', "GET / HTTP/1.1\r\nConnection: close\r\n\r\n")->{status}, 400, 'HTTP/1.1 without Host is malformed');
is(raw('TLSv1', "GET / HTTP/1.1\r\nHost: a\r\nExpect: nonsense\r\n\r\n")->{status}, 417, 'an unknown Expect is left to httpd too');

# --- a forward proxy ---
for (['CONNECT', "localhost:$target"], ['GET', "http://127.0.0.1:$target/"]) {
    my ($method, $to) = @$_;
    $r = raw('TLSv1', "$method $to HTTP/1.1\r\nHost: localhost:$target\r\n\r\n", port => $h->port('forward'));
    is($r->{status}, 426, "$method through a forward proxy: rejected");
}
my $s = connect_to(port => $h->port('forward'), tls => 'TLSv1.2');
print $s "CONNECT 127.0.0.1:$target HTTP/1.1\r\nHost: localhost\r\n\r\n";
my $line = readline($s);
like($line, qr/^HTTP\/1\.[01] 200/, 'a modern client gets its tunnel');
readline($s) =~ /^\r\n/ and last for 1 .. 10;
is(ask(on => $s)->{status}, 200, 'and reaches the target through it');
my $reached = sub { return TlsGate::Httpd::slurp($h->dir . '/logs/target') };
$h->wait_until(sub { length $reached->() });
is($reached->(), "GET / HTTP/1.1\n", 'which saw that one request');

# --- bodies, which are not waited for ---
# what, headers that announce a body, how much of it is sent
for (
    ['50 MB, none of it sent',            "Content-Length: 52428800\r\n", ''],
    ['one byte, not sent',                "Content-Length: 1\r\n", ''],
    ['one byte, sent',                    "Content-Length: 1\r\n", 'x'],
    ['a length of 00',                    "Content-Length: 00\r\n", ''],
    ['50 MB, the first part sent',        "Content-Length: 52428800\r\n", 'x' x 5000],
    ['50 MB with Expect: 100-continue',   "Content-Length: 52428800\r\nExpect: 100-continue\r\n", ''],
    ['chunked, none of it sent',          "Transfer-Encoding: chunked\r\n", ''],
    ['chunked, not ended',                "Transfer-Encoding: chunked\r\n", "5\r\nabcde\r\n"],
    ['chunked with Expect: 100-continue', "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n", ''],
    ['chunked, malformed',                "Transfer-Encoding: chunked\r\n", "zz\r\nabcde\r\n"],
) {
    my ($what, $headers, $body) = @$_;
    for my $method (qw(POST PUT OPTIONS)) {
        $s = connect_to(port => $h->port, tls => 'TLSv1');
        print $s "$method /upload HTTP/1.1\r\nHost: localhost\r\n$headers\r\n$body";
        $r = read_response($s);
        is($r->{status}, 426, "$method of $what: rejected");
        ok(!$r->{continued}, "$method of $what: no 100 before") if $headers =~ /Expect/;
        is(read_response($s), undef, "$method of $what: and the connection closed");
    }
}
$s = connect_to(port => $h->port, tls => 'TLSv1');
print $s "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 45\r\n\r\nGET /open/smuggled HTTP/1.1\r\nHost: a\r\n\r\nGET /open/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
is(read_response($s)->{status}, 426, 'a body that looks like requests');
is(read_response($s), undef, 'is not read as such');
is(ask(port => $h->port, tls => 'TLSv1', method => 'POST', body => 'x' x 1_000_000)->{status}, 426,
    'a client that first sends all of its megabyte gets the answer too');
is(raw('TLSv1', "POST /limited HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")->{status}, 426,
    'before the limit of a location is checked');
$s = connect_to(port => $h->port, tls => 'TLSv1');
print $s "POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde" x 2;
is_deeply([map { read_response($s)->{status} } 1, 2], [404, 404], 'where TlsGate is off, a kept connection stays open');

my %methods = map { $_->{http}{request}{method} => 1 } $h->sightings;
ok($methods{$_}, "a sighting of $_") for qw(GET HEAD POST PUT TRACE OPTIONS CONNECT BREW);
$h->finish_ok(qr/AH00135: Invalid method in request BREW/, qr/AH10244: invalid URI path/);
done_testing;
