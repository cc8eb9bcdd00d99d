# One path, many spellings: no spelling of a gated path is served, and an ACME
# challenge is recognized only by its decoded path.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;
use TlsGate::Client qw(ask);

my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', conf => <<'CONF');
Listen 127.0.0.1:@on@
Listen 127.0.0.1:@off@
Listen 127.0.0.1:@nodecode@
Listen 127.0.0.1:@unmerged@
Listen 127.0.0.1:@acme@
Listen 127.0.0.1:@acmeinside@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:@on@>
    SSLEngine on
    AllowEncodedSlashes On
    <Location /api>
        TlsGate legacy
    </Location>
</VirtualHost>
<VirtualHost *:@off@>
    SSLEngine on
    AllowEncodedSlashes Off
    <Location /api>
        TlsGate legacy
    </Location>
</VirtualHost>
<VirtualHost *:@nodecode@>
    SSLEngine on
    AllowEncodedSlashes NoDecode
    <Location /api>
        TlsGate legacy
    </Location>
</VirtualHost>
<VirtualHost *:@unmerged@>
    SSLEngine on
    MergeSlashes Off
    AllowEncodedSlashes On
    <Location /api>
        TlsGate legacy
    </Location>
</VirtualHost>
<VirtualHost *:@acme@>
    SSLEngine on
    AllowEncodedSlashes On
    TlsGate legacy
    <Location /open>
        TlsGate off
    </Location>
</VirtualHost>
<VirtualHost *:@acmeinside@>
    SSLEngine on
    TlsGate legacy
    <Location /.well-known/acme-challenge/>
        TlsGate legacy
    </Location>
</VirtualHost>
CONF
mkdir $h->dir . "/htdocs/$_" for qw(api open open/sub .well-known .well-known/acme-challenge);
$h->write_file("htdocs/$_/x", "$_\n") for qw(api open .well-known .well-known/acme-challenge);
$h->start;

# host, path, answer to a modern client, answer to a legacy client. If a modern
# client gets 200, the spelling does reach the file.
for (
    ['on', '/api/x',                        200, 426],
    ['on', '/open/x',                       200, 200],
    ['on', '/open/..%2fapi/x',              200, 426],
    ['on', '/open/..%2Fapi/x',              200, 426],
    ['on', '/open/%2e%2e%2fapi/x',          200, 426],
    ['on', '/open/%2e%2e/api/x',            200, 426],
    ['on', '/open/%2E./api/x',              200, 426],
    ['on', '/open/.%2e%2fapi%2fx',          200, 426],
    ['on', '/open/sub%2f..%2f..%2fapi/x',   200, 426],
    ['on', '/open%2f..%2fapi%2fx',          200, 426],
    ['on', '/%61pi/x',                      200, 426],
    ['on', '/a%70i%2fx',                    200, 426],
    ['on', '//api/x',                       200, 426],
    ['on', '/./api/./x',                    200, 426],
    ['on', '/open/../api/x',                200, 426],
    ['on', '/%2fapi/x',                     200, 426],
    ['on', '/api%2fx',                      200, 426],
    ['on', '/api/..%2fopen/x',              200, undef],
    ['on', '/API/x',                        404, 404],
    ['on', '/open/%252e%252e%252fapi/x',    404, 404],
    ['on', '/open/..%5capi/x',              404, 404],
    ['on', '/open/x?/api/x',                200, 200],
    ['on', '/open/x?path=..%2fapi',         200, 200],
    ['on', '/api/x?/open/x',                200, 426],
    ['on', '/api/x/../../open/x',           200, 200],
    ['on', '/api;v=1/x',                    404, 404],
    ['off', '/open/..%2fapi/x',             404, undef],
    ['off', '/open/%2e%2e/api/x',           200, 426],
    ['off', '/open/.%2e/api/x',             200, 426],
    ['off', '//api//x',                     200, 426],
    ['nodecode', '/open/..%2fapi/x',        404, undef],
    ['nodecode', '/api%2fx',                404, undef],
    ['nodecode', '/open/%2e%2e/api/x',      200, 426],
    ['nodecode', '/api/x',                  200, 426],
    ['unmerged', '/open/..%2fapi/x',        200, 426],
    ['unmerged', '/api//x',                 200, 426],
    # An ACME challenge: the file below that directory, however its path is written.
    ['acme', '/.well-known/acme-challenge/x',                   200, 200],
    ['acme', '/.well-known/acme-challenge/none',                404, 404],
    ['acme', '/%2ewell-known/acme%2dchallenge/x',               200, 200],
    ['acme', '/.well-known//acme-challenge/x',                  200, 200],
    ['acme', '/api/../.well-known/acme-challenge/x',            200, 200],
    ['acme', '/.well-known/acme-challenge%2fx',                 200, 200],
    ['acme', '/.well-known/x',                                  200, 426],
    ['acme', '/.well-known/acme-challenge',                     301, 426],
    ['acme', '/.well-known/acme-challenge-x',                   404, 426],
    ['acme', '/.well-known/acme-challenge/../x',                200, 426],
    ['acme', '/.well-known/acme-challenge/../../api/x',         200, 426],
    ['acme', '/.well-known/acme-challenge/..%2f..%2fapi/x',     200, 426],
    ['acme', '/.well-known/acme-challenge/%2e%2e/%2e%2e/api/x', 200, 426],
    ['acme', '/.well-known/acme-challenge/%2e%2e%2f..%2fapi/x', 200, 426],
    ['acme', '/.well-known/acme-challenge/x%2f..%2f..%2fx',     200, 426],
    ['acme', '/.well-known/ACME-challenge/x',                   404, 426],
    ['acme', '/?/.well-known/acme-challenge/x',                 200, 426],
    ['acme', '/open/..%2fapi/x',                                200, 426],
    ['acmeinside', '/.well-known/acme-challenge/x',             200, 426],
    ['acmeinside', '/.well-known/acme-challenge/none',          404, 426],
    ['acmeinside', '/.well-known/x',                            200, 426],
) {
    my ($host, $path, $modern, $legacy) = @$_;
    my $r = ask(port => $h->port($host), tls => 'TLSv1.2', path => $path);
    is($r->{status}, $modern, "$host $path over TLSv1.2: $modern");
    $r = ask(port => $h->port($host), tls => 'TLSv1', path => $path);
    if (defined $legacy) { is($r->{status}, $legacy, "$host $path over TLSv1: $legacy") }
    else { ok($r->{status} != 200 || $r->{body} eq "open\n", "$host $path over TLSv1: no gated file") }
}
my ($acme) = grep { $_->{url}{path} eq '/.well-known/acme-challenge/x' } $h->sightings;
is_deeply([$acme->{tlsgate}{enforced}, $acme->{http}{response}{status_code}], [JSON::PP::false, 200],
    'a challenge that was let through is logged, as not enforced');
$h->finish_ok;
done_testing;
