# The gate and mod_cache: no client is served past the gate from a cache, no client gets
# an answer that was meant for another, and no rejection is stored.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;
use TlsGate::Client qw(ask);

# name, quick mode, store, place of TlsGate
my @SERVERS = (
    ['quickdisk',    'on',  'disk',              'server'],
    ['quickmemory',  'on',  'socache',           'server'],
    ['slowdisk',     'off', 'disk',              'server'],
    ['slowmemory',   'off', 'socache',           'server'],
    ['quickscoped',  'on',  'disk',              'location'],
    ['slowscoped',   'off', 'disk',              'location'],
);
my $hosts = join '', map {
    my ($name, $quick, $store, $where) = @$_;
    my $inner = $where eq 'location' ? "<Location /api>\nTlsGate legacy\n</Location>\n" : "TlsGate legacy\n";
    "Listen 127.0.0.1:\@$name\@\n<VirtualHost *:\@$name\@>\nSSLEngine on\nServerName $name.example.com\nAllowEncodedSlashes on\n"
        . "CacheQuickHandler $quick\nCacheEnable $store /\n$inner</VirtualHost>\n"
} @SERVERS;

# 410 may be stored by its status, and the two lines after CacheHeader make mod_cache
# stores as much as possible.
my $h = TlsGate::Httpd->new(clock => '2018-07-09T00:00:00Z',
    modules => [qw(cache cache_disk cache_socache)], conf => <<"CONF");
CacheRoot \$DIR/cache
CacheSocache shmcb:run/cache(512000)
CacheHeader on
CacheStoreNoStore on
CacheIgnoreCacheControl on
CacheMaxExpire 864000
CacheSocacheMaxTime 864000
Header set Cache-Control "max-age=864000"
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateStatus    410
    TlsGateInfo      https://example.com/tls
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
$hosts
CONF
mkdir $h->dir . "/htdocs/$_" for qw(api open);
$h->write_file("htdocs/api/$_", "file $_\n") for qw(old new fresh third);
$h->write_file("htdocs/open/$_", "file $_\n") for qw(old new);
$h->start;

sub hit { my ($r) = @_; return ($r->{headers}{'x-cache'} // '') =~ /^HIT/ ? 1 : 0 }
sub told { my ($r) = @_; return [map { $r->{headers}{$_} } qw(deprecation sunset link)] }
my @NOTHING = (undef, undef, undef);
my @TOLD = ('@1527811200', 'Tue, 07 Aug 2018 08:40:00 GMT',
    join(', ', map { qq(<https://example.com/tls>; rel="$_"; type="text/html") } qw(deprecation sunset)));

sub of_host {
    my ($tls, $name, $path, @headers) = @_;
    return ask(port => $h->port($name), tls => $tls, host => "$name.example.com", path => $path, headers => \@headers);
}
sub modern { return of_host('TLSv1.2', @_) }
sub legacy { return of_host('TLSv1', @_) }

for (@SERVERS) {
    my ($name, undef, undef, $where) = @$_;
    is(hit(modern($name, '/api/old')), 0, "$name: first, nothing is stored");
    my $r = modern($name, '/api/old');
    is_deeply([hit($r), @{ told($r) }], [1, @NOTHING], "$name: then a modern client is served from the cache");
    $r = legacy($name, '/api/old');
    is_deeply([$r->{status}, $r->{body}], [200, "file old\n"], "$name: a legacy client is served as well");
    is(hit($r), 1, "$name: from the cache");
    is_deeply(told($r), \@TOLD, "$name: and told, once");
    $r = legacy($name, '/api/old', 'If-None-Match: ' . $r->{headers}{etag});
    is_deeply([$r->{status}, @{ told($r) }[0, 1]], [304, @TOLD[0, 1]], "$name: told in a 304 too");

    $r = legacy($name, '/api/new');
    is_deeply([hit($r), @{ told($r) }], [0, @TOLD], "$name: a legacy client asks first");
    modern($name, '/api/new');
    $r = modern($name, '/api/new');
    is_deeply([hit($r), @{ told($r) }], [1, @NOTHING], "$name: its headers are not stored for others");
    $r = legacy($name, '/api/new');
    is_deeply(told($r), \@TOLD, "$name: and are present again for the next legacy client");
    next if $where ne 'location';
    modern($name, '/open/old');
    is_deeply(told(legacy($name, '/open/old')), \@NOTHING, "$name: no headers outside the location");
}

$h->set_clock('2018-07-10T09:00:00Z');
for (@SERVERS) {
    my ($name, $quick, undef, $where) = @$_;
    for my $path (qw(/api/old /api/new /api/old)) {
        my $r = legacy($name, $path);
        is_deeply([$r->{status}, hit($r)], [410, 0], "$name: in the trial $path is not served, though stored");
    }
    my $r = legacy($name, '/api/old', 'If-None-Match: "x"', 'If-Modified-Since: Sun, 01 Jul 2018 00:00:00 GMT');
    is($r->{status}, 410, "$name: not even as a 304");
    $r = legacy($name, '/api/old', 'Cache-Control: only-if-cached');
    is($r->{status}, 410, "$name: nor when asked to be");
    is_deeply([hit($_), $_->{status}], [1, 200], "$name: modern clients still are") for modern($name, '/api/old');
    is(legacy($name, '/api/fresh')->{status}, 410, "$name: a rejection");
    $r = modern($name, '/api/fresh');
    is_deeply([$r->{status}, hit($r)], [200, 0], "$name: is not stored");
    is(legacy($name, '/api/fresh')->{headers}{'cache-control'}, 'no-store', "$name: nor may others store it");
    next if $where ne 'location';
    $r = legacy($name, '/open/old');
    is($r->{status}, 200, "$name: outside the location it is served");
    is(legacy($name, '/open/..%2fapi/old')->{status}, 410, "$name: an encoded path does not reach the cache either");
    # An entry that a modern client stored under that path.
    modern($name, '/open/..%2fapi/third') for 1 .. 2;
    is(legacy($name, '/open/..%2fapi/third')->{status}, 410, "$name: also not after it was stored");
}
# An entry that is no longer fresh: mod_cache may send it instead of an error.
$h->set_clock('2018-08-08T00:00:00Z');
is(legacy($_->[0], '/api/old')->{status}, 410, "$_->[0]: a stale entry is not served instead of a rejection")
    for @SERVERS;
my @statuses = map { $_->{http}{response}{status_code} } grep { $_->{tlsgate}{phase} eq 'trial' } $h->sightings;
is_deeply([grep { $_ != 410 } @statuses], [], 'and the log has each of them as a rejection');
$h->finish_ok;

# --- the error document of a rejection is not stored, and what no schedule is about is cached
my $LATE = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', modules => [qw(cache cache_disk)], conf => <<'CONF' . join '', map {
CacheRoot $DIR/cache
CacheHeader on
CacheStoreNoStore on
CacheIgnoreCacheControl on
CacheMaxExpire 864000
Header set Cache-Control "max-age=864000"
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
    TlsGateStatus    410
</TlsGateSchedule>
<TlsGateSchedule retired>
    TlsGateDeprecate any
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule agent>
    TlsGateDeprecate "expr=%{HTTP_USER_AGENT} =~ m#^Java/#"
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
CONF
    my ($quick, $gates) = @$_;
    "Listen 127.0.0.1:\@$quick$gates\@\n<VirtualHost *:\@$quick$gates\@>\nSSLEngine on\nServerName $quick$gates.example.com\n"
        . "CacheQuickHandler $quick\nCacheEnable disk /\nErrorDocument 410 /gone.html\n"
        . { legacy => "TlsGate legacy\n", none => '',
            some => "TlsGate legacy\n<Location /retired>\nTlsGate retired\n</Location>\n<Location /agent>\nTlsGate agent\n</Location>\n" }->{$gates}
        . "</VirtualHost>\n"
} map { my $quick = $_; map { [$quick, $_] } qw(legacy none some) } qw(on off));
mkdir $LATE->dir . "/htdocs/$_" for qw(retired agent);
$LATE->write_file("htdocs/$_", "$_\n") for qw(page retired/page agent/page gone.html second);
$LATE->start;
sub late { my ($tls, $host, $path, @headers) = @_; return ask(port => $LATE->port($host), host => "$host.example.com", tls => $tls, path => $path, headers => \@headers) }
for my $quick (qw(on off)) {
    for my $path ('/page', '/gone.html') {
        is(late('TLSv1', "${quick}legacy", $path)->{status}, 410, "quick $quick: $path is rejected") for 1 .. 2;
        my $r = late('TLSv1.2', "${quick}legacy", $path);
        is_deeply([$r->{status}, $r->{body}, hit($r)], [200, $path =~ s{^/}{}r . "\n", 0], "quick $quick: and nothing of that is stored for $path");
    }
    late('TLSv1.2', "${quick}legacy", '/gone.html');
    is(late('TLSv1', "${quick}legacy", '/second')->{status}, 410, "quick $quick: a stored error document changes no status");
    for my $gates (qw(none some)) {
        for (['/page', 1], ['/%70age', 1], ['/x/../page', 1]) {
            my ($path, $hit) = @$_;
            late('TLSv1.2', "$quick$gates", $path);
            is(hit(late('TLSv1.2', "$quick$gates", $path)), $hit, "quick $quick, $gates: $path is served from the cache");
        }
    }
    is(late('TLSv1.2', "${quick}some", '/retired/page')->{status}, $_, "quick $quick: what is retired is not") for 403;
    late('TLSv1.2', "${quick}some", '/agent/page') for 1 .. 2;
    is(late('TLSv1.2', "${quick}some", '/agent/page', 'User-Agent: Java/1.6')->{status}, 403, "quick $quick: nor what an expression decides");
}
$LATE->finish_ok;
done_testing;
