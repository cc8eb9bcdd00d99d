# In front of a backend: rejected requests never reach it, served ones get headers,
# and the module's own pages are not proxied.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;
use TlsGate::Client qw(ask get json_of connect_to);

my $page = "<Location /tlsverification>\nSetHandler tlsgate-verify\n</Location>\n"
    . "<Location /tlsplan>\nSetHandler tlsgate-schedule\n</Location>\n";

# name, proxy configuration for all paths
my %BACKEND = (
    prefix   => 'ProxyPass / http://127.0.0.1:@back@/',
    mapped   => 'ProxyPass / http://127.0.0.1:@back@/ mapping=encoded',
    match    => 'ProxyPassMatch ^/(.*)$ http://127.0.0.1:@back@/$1',
    location => "<Location />\nProxyPass http://127.0.0.1:\@back\@/\n</Location>",
    balancer => "<Proxy balancer://b>\nBalancerMember http://127.0.0.1:\@back\@\n</Proxy>\nProxyPass / balancer://b/",
);
my $hosts = join '', map {
    "Listen 127.0.0.1:\@$_\@\n<VirtualHost *:\@$_\@>\nSSLEngine on\n$BACKEND{$_}\n$page</VirtualHost>\n"
} sort keys %BACKEND;
my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:30:00Z',
    modules => [qw(proxy proxy_http proxy_balancer slotmem_shm lbmethod_byrequests)], conf => <<"CONF");
Listen 127.0.0.1:\@back\@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
# A front end whose files are not accessible.
<Directory />
    Require all denied
</Directory>
$hosts
<VirtualHost *:\@back\@>
    TlsGate off
    DocumentRoot \$DIR/htdocs
    <Directory \$DIR/htdocs>
        Require all granted
    </Directory>
    CustomLog logs/back "%r"
</VirtualHost>
CONF
$h->start;

for my $name (sort keys %BACKEND) {
    my $port = $h->port($name);
    my $lines = sub { my $n = () = TlsGate::Httpd::slurp($h->dir . '/logs/back') =~ /^.*$name.*$/mg; return $n };
    # The backend writes its line after the answer.
    my $seen = sub { my ($n) = @_; $h->wait_until(sub { $lines->() >= $n }); return $lines->() };

    is(get($port, 'TLSv1.2', "/index.html?$name")->{body}, "static page\n", "$name: a modern client reaches the backend");
    is($seen->(1), 1, "$name: the backend saw it");
    for my $path ("/index.html?$name", "/none?$name") {
        is(get($port, 'TLSv1', $path)->{status}, 426, "$name: a legacy client is rejected: $path");
    }
    is(ask(port => $port, tls => 'TLSv1', method => 'POST', path => "/?$name",
        headers => ['Content-Length: 52428800', 'Expect: 100-continue'])->{status}, 426, "$name: with a large body too");
    is($seen->(1), 1, "$name: the backend saw none of them");

    for my $tls (qw(TLSv1.2 TLSv1)) {
        for my $method (qw(GET POST)) {
            my $r = ask(port => $port, tls => $tls, method => $method, path => "/tlsverification?$name");
            is($r->{status}, $tls eq 'TLSv1' ? 400 : 200, "$name: $method tlsgate-verify is ours for $tls");
            is(json_of($r)->{protocol}, $tls, "$name: and answers");
        }
        my $r = get($port, $tls, "/tlsplan?$name");
        is_deeply([$r->{status}, eval { json_of($r)->{schedules}[0]{name} }], [200, 'legacy'],
            "$name: tlsgate-schedule is ours for $tls");
    }
    is(get($port, 'TLSv1.2', "/tlsverification/below?$name")->{status}, 200, "$name: so is a path below it");
    is($seen->(1), 1, "$name: the backend saw nothing of our pages");
    is(get($port, 'TLSv1.2', "/tlsverificationist?$name")->{status}, 404, "$name: a path that only begins the same");
    is($seen->(2), 2, "$name: is the backend's");
}

$h->set_clock('2018-07-10T10:00:00Z');
for my $name (sort keys %BACKEND) {
    my $r = get($h->port($name), 'TLSv1', "/index.html?$name");
    is_deeply([$r->{status}, $r->{body}, $r->{headers}{deprecation}], [200, "static page\n", '@1527811200'],
        "$name: after the trial a legacy client is served with headers");
    $r = get($h->port($name), 'TLSv1', "/none?$name");
    is_deeply([$r->{status}, $r->{headers}{deprecation}], [404, '@1527811200'], "$name: also with the backend's error");
    $r = get($h->port($name), 'TLSv1.2', "/index.html?$name");
    is($r->{headers}{deprecation}, undef, "$name: a modern one gets no headers");
}
$h->finish_ok;
done_testing;
