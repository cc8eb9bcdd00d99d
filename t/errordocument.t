# A configured ErrorDocument wins over the body of a rejection, and only over the
# body: the status, our headers and those of "Header always" stay.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;
use TlsGate::Client qw(ask connect_to get json_of);

my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:30:00Z', modules => [qw(include cgid)], conf => <<'CONF');
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@whole@
Listen 127.0.0.1:@other@
ScriptSock cgisock
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
    TlsGateInfo      https://example.com/tls
</TlsGateSchedule>
<TlsGateSchedule gone>
    TlsGateDeprecate TLSv1
    TlsGateStatus    410
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
Header always set X-Env "%{TLSGATE_PROTOCOL}e %{TLSGATE_PHASE}e"
<VirtualHost *:@tls@>
    SSLEngine on
    <Location /text>
        ErrorDocument 426 "please upgrade"
    </Location>
    <Location /file>
        ErrorDocument 426 /sorry.html
    </Location>
    <Location /ssi>
        ErrorDocument 426 /sorry.shtml
    </Location>
    <Location /cgi-env>
        ErrorDocument 426 /cgi/env
    </Location>
    <Location /missing>
        ErrorDocument 426 /no/such/page
    </Location>
    <Location /expression>
        ErrorDocument 426 "phase %{reqenv:TLSGATE_PHASE}"
    </Location>
    <Location /default>
        ErrorDocument 426 default
    </Location>
    <Location /for-another>
        ErrorDocument 403 "forbidden"
    </Location>
    ScriptAlias /cgi/ $DIR/cgi/
    <Directory $DIR/htdocs>
        Options +Includes
        AddOutputFilter INCLUDES .shtml
    </Directory>
</VirtualHost>
<VirtualHost *:@whole@>
    SSLEngine on
    ErrorDocument 426 /sorry.html
    <Location /text>
        ErrorDocument 426 "in this location"
    </Location>
</VirtualHost>
<VirtualHost *:@other@>
    SSLEngine on
    TlsGate gone as=cutoff
    ErrorDocument 410 "it is gone"
</VirtualHost>
CONF
mkdir $h->dir . '/cgi';
$h->write_file('cgi/env', "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nenv | grep -E '^(REDIRECT_)?TLSGATE_PHASE|^REDIRECT_(STATUS|URL)' | sort\n");
chmod 0755, $h->dir . '/cgi/env';
$h->write_file('htdocs/sorry.html', "<p>sorry</p>\n");
$h->write_file('htdocs/sorry.shtml', '<!--#echo var="TLSGATE_PROTOCOL" --> <!--#echo var="TLSGATE_PHASE" -->');
$h->start;

# host, path, the whole body, or a pattern
for (
    ['tls',   '/text',        'please upgrade'],
    ['tls',   '/file',        "<p>sorry</p>\n"],
    ['tls',   '/ssi',         'TLSv1 trial'],
    ['tls',   '/cgi-env',     "REDIRECT_STATUS=426\nREDIRECT_TLSGATE_PHASE=trial\nREDIRECT_URL=/cgi-env\nTLSGATE_PHASE=trial\n"],
    ['tls',   '/missing',     qr/426 Upgrade Required/],
    ['tls',   '/expression',  'phase trial'],
    ['tls',   '/default',     qr/"schedule":"legacy"/],
    ['tls',   '/for-another', qr/"schedule":"legacy"/],
    ['whole', '/',            "<p>sorry</p>\n"],
    ['whole', '/sorry.html',  "<p>sorry</p>\n"],
    ['whole', '/text',        'in this location'],
) {
    my ($host, $path, $body) = @$_;
    for my $method (qw(GET POST)) {
        my $r = ask(port => $h->port($host), tls => 'TLSv1', path => $path, method => $method);
        is("$r->{status} $r->{reason}", '426 TLSv1 is not accepted during this trial: use TLSv1.2 or newer',
            "$method $host $path: the status line stays");
        ref $body ? like($r->{body}, $body, "$method $host $path: the body") : is($r->{body}, $body, "$method $host $path: the body");
        is_deeply([@{ $r->{headers} }{qw(cache-control upgrade connection x-env)}],
            ['no-store', 'TLS/1.2', 'Upgrade, close', 'TLSv1 trial'], "$method $host $path: the headers stay");
        like($r->{headers}{'retry-after'}, qr/^1[0-9]{3}$/, "$method $host $path: Retry-After too");
        is($r->{headers}{deprecation}, undef, "$method $host $path: and none of those for served requests");
    }
}
my $r = get($h->port('other'), 'TLSv1', '/');
is_deeply([@$r{qw(status reason body)}], [410, 'TLSv1 is no longer accepted: use TLSv1.1 or newer', 'it is gone'], 'another status, another document');
is($r->{headers}{'cache-control'}, 'no-store', 'with no-store too');
my $s = connect_to(port => $h->port, tls => 'TLSv1');
is(ask(on => $s, path => '/file', body => 'x')->{status}, 426, 'on a kept connection');
is(ask(on => $s, path => '/file'), undef, 'which is closed after a body that was not read');
is(get($h->port, 'TLSv1.2', '/text')->{status}, 404, 'a modern client is not affected');
my @s = grep { $_->{url}{path} =~ /sorry|cgi\/env|no\/such/ && $_->{url}{path} ne '/sorry.html' } $h->sightings;
is_deeply(\@s, [], 'error documents are not sightings');
is((grep { $_->{url}{path} eq '/cgi-env' && $_->{http}{response}{status_code} == 426 } $h->sightings), 2,
    'the requests that they answer are sightings, with their status');
$h->finish_ok;
done_testing;
