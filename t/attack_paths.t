# Every spelling of a path, under every way in which httpd decodes it, with and without a cache, by every
# MPM and method: a schedule decides on the path that is served, and on nothing else.
# A host without the gate shows where a spelling leads.
use strict;
use warnings;
use utf8;
use lib 't/lib';

use Encode qw(encode_utf8);
use Test::More;

use TlsGate::Client qw(ask);
use TlsGate::Httpd;
use TlsGate::Long qw(is_long);

my @SLASHES = qw(Off On NoDecode);
# Each gates the paths below /api and nothing else.
my %GATES = (
    expr     => 'TlsGate path',
    location => "<Location /api>\nTlsGate everything\n</Location>",
    match    => "<LocationMatch \"^/api/\">\nTlsGate everything\n</LocationMatch>",
    open     => "TlsGate everything\n<Location />\nTlsGate off\n</Location>\n<Location /api>\nTlsGate everything\n</Location>",
);
my @SPELLINGS = qw(
    /api/x /%61pi/x /a%70i/x /%61%70%69/x //api/x /./api/x /api/./x /api//x /open/../api/x /old/../api/x
    /open/%2e%2e/api/x /open/.%2e/api/x /open/%2E%2E/api/x /%2e/api/x /api%2fx /api%2Fx /%2fapi/x
    /open/..%2fapi/x /open%2f..%2fapi%2fx /open/%2e%2e%2fapi/x /open/sub%2f..%2f..%2fapi/x
    /open/x /%6fpen/x //open//x /open%2fx /api/../open/x /api/%2e%2e/open/x /api/..%2fopen/x /api%2f..%2fopen/x
    /API/x /api%252fx /%2561pi/x /open/..%5capi/x /api;v=1/x /api/x;v=1 /api/x/ /api/x/more /apix
    /open/x?/api/x /api/x?/open/x /open/x?a=/../api/x /api/none /api/%78 /api/%00 /api/%zz /%61pi%2f%2e%2e%2fapi/x
);

sub conf {
    my ($cache) = @_;
    my $store = $cache eq 'on' ? "CacheEnable disk /\nCacheStoreNoStore on\nCacheIgnoreCacheControl on\n" : '';
    my $hosts = join '', map {
        my $slashes = $_;
        map { "Listen 127.0.0.1:\@$_$slashes\@\n<VirtualHost *:\@$_$slashes\@>\nServerName $_.example.com\nAllowEncodedSlashes $slashes\n"
            . ($GATES{$_} // '') . "\n$store</VirtualHost>\n" } 'plain', sort keys %GATES;
    } @SLASHES;
    return ($cache eq 'on' ? "CacheRoot \$DIR/cache\nCacheDefaultExpire 3600\n" : '') . <<"CONF";
<TlsGateSchedule path>
    TlsGateDeprecate "expr=%{REQUEST_URI} =~ m#^/api/#"
    TlsGateCutoff    2018-08-01T00:00Z
    TlsGateStatus    410
</TlsGateSchedule>
<TlsGateSchedule everything>
    TlsGateDeprecate any
    TlsGateCutoff    2018-08-01T00:00Z
    TlsGateStatus    410
</TlsGateSchedule>
$hosts
CONF
}

sub answer {
    my ($h, $host, $method, $path) = @_;
    return ask(port => $h->port($host), host => ($host =~ /^([a-z]+)/)[0] . '.example.com', method => $method, path => $path);
}

# The expected status: as without the gate, but 410 for paths below /api. If httpd has no answer
# of its own, a rejection is right too.
sub is_right {
    my ($plain, $gated, $where) = @_;
    return $gated->{status} == 410 if $where eq 'api';
    return $gated->{status} == $plain->{status} && ($gated->{body} // '') eq ($plain->{body} // '') if $where eq 'elsewhere';
    return $gated->{status} == $plain->{status} || $gated->{status} == 410;
}

sub attack {
    my ($mpm, $cache) = @_;
    my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', mpm => $mpm, conf => conf($cache),
        modules => [$cache eq 'off' ? () : qw(cache cache_disk)],
        tolerates => [qr/AH00717: Premature end of cache headers/]); # mod_cache_disk, about entries that it has just removed
    mkdir $h->dir . "/htdocs/$_" for qw(api open open/sub);
    $h->write_file("htdocs/$_/x", "$_\n") for qw(api open);
    $h->start;
    my ($asked, $reached, @wrong) = (0, 0);
    for my $slashes (@SLASHES) {
        for my $path (@SPELLINGS) {
            for my $method ('GET', is_long() || $path eq '/%61pi/x' ? qw(HEAD POST OPTIONS) : ()) {
                # Twice, so that a cache has an answer.
                my $plain = answer($h, "plain$slashes", $method, $path);
                my $get = answer($h, "plain$slashes", 'GET', $path);
                my $where = $get->{status} != 200 ? 'nowhere' : $get->{body} eq "api\n" ? 'api' : 'elsewhere';
                $reached++ if $where eq 'api';
                for my $gate (sort keys %GATES) {
                    for (1 .. ($cache eq 'on' ? 2 : 1)) {
                        my $gated = answer($h, "$gate$slashes", $method, $path);
                        $asked++;
                        push @wrong, "$gate, $slashes: $method $path: $plain->{status} without the gate, $gated->{status} with it"
                            unless is_right($plain, $gated, $where);
                    }
                }
            }
        }
    }
    is_deeply(\@wrong, [], "$mpm, cache $cache: $asked requests, each decided on the path that is served");
    cmp_ok($reached, '>', 50, "$mpm, cache $cache: $reached spellings reach gated paths");
    $h->finish_ok(qr/AH10244: invalid URI path/);
}

attack(@$_) for is_long() ? map({ my $mpm = $_; map { [$mpm, $_] } qw(off loaded on) } qw(prefork event worker))
                          : (['event', 'off'], ['event', 'on'], ['prefork', 'loaded']);

# --- a <Location> whose path must be encoded in a request
for my $cache (0, 1) {
    my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', modules => [$cache ? 'cache' : ()], conf => encode_utf8(<<'CONF'));
Listen 127.0.0.1:@tls@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy
    <Location "/alte api">
        TlsGate off
    </Location>
    <Location "/größe">
        TlsGate legacy report-only
    </Location>
    <Location "/prüfung">
        SetHandler tlsgate-verify
    </Location>
    <Location "/alte api/zu">
        TlsGate legacy
    </Location>
    Redirect 302 "/alte api/weg" /anderswo
</VirtualHost>
CONF
    mkdir $h->dir . '/htdocs/' . encode_utf8($_) for 'alte api', 'alte api/zu', 'größe';
    $h->write_file('htdocs/' . encode_utf8("$_/x"), "served\n") for 'alte api', 'alte api/zu', 'größe';
    $h->start;
    for (
        ['/alte%20api/x',       200, 200, 'off'],
        ['/alte%20api/zu/x',    200, 426, 'and gated again within'],
        ['/alte%20api/./x',     200, 200, 'off, with a dot'],
        ['/x/../alte%20api/x',  200, 200, 'off, from elsewhere'],
        ['/alte%20api/../x',    404, 426, 'not below it'],
        ['/alte%20api/weg',     302, 302, 'a redirect where it is off'],
        ['/alte%20ap/x',        404, 426, 'another path'],
        ['/gr%c3%b6%c3%9fe/x',  200, 200, 'report-only'],
        ['/gr%C3%B6%C3%9Fe/x',  200, 200, 'report-only, in capitals'],
        ['/pr%c3%bcfung',       200, 400, 'a page'],
        ['/pr%c3%bcfun',        404, 426, 'no page'],
    ) {
        my ($path, $modern, $legacy, $what) = @$_;
        is(ask(port => $h->port, tls => 'TLSv1.2', path => $path)->{status}, $modern, "cache $cache: $path over TLSv1.2: $what");
        is(ask(port => $h->port, tls => 'TLSv1', path => $path)->{status}, $legacy, "cache $cache: $path over TLSv1: $what");
    }
    $h->finish_ok;
}
done_testing;
