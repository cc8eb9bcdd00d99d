# The module's pages when they are not requested by their own URL, places where they are
# not allowed, and access control for them.
use strict;
use warnings;
use lib 't/lib';

use Test::More;

use TlsGate::Client qw(ask get json_of);
use TlsGate::Httpd;

my $SCHEDULES = <<'CONF';
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule partners>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateCutoff    2018-07-20T00:00Z
</TlsGateSchedule>
<TlsGateSchedule secret>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-12-01T00:00Z
    TlsGateCutoff    2019-07-20T00:00Z
</TlsGateSchedule>
CONF

# --- where they are allowed
for (['<Directory "$DIR/htdocs">', '</Directory>'], ['<Files "x">', '</Files>'], ['', '']) {
    my ($open, $close) = @$_;
    my ($status, $said) = TlsGate::Httpd->new(conf => "$SCHEDULES$open\nSetHandler tlsgate-verify\n$close\n")->configtest;
    isnt($status, 0, "SetHandler in '$open': refused");
    like($said, qr/SetHandler "tlsgate-verify": it is not allowed here; put it into a <Location>/, "SetHandler in '$open': why");
}

my $h = TlsGate::Httpd->new(modules => [qw(include negotiation)], clock => '2018-07-10T00:00:00Z', conf => <<"CONF");
Listen 127.0.0.1:\@tls\@
$SCHEDULES
TlsGateLog logs/tlsgate.ndjson
<Location /tls>
    SetHandler tlsgate-verify
</Location>
<Location /plan>
    SetHandler tlsgate-schedule
</Location>
<Directory "\$DIR/htdocs">
    Options +Includes +MultiViews
    AddOutputFilter INCLUDES .shtml
    AddType text/html .shtml
    RewriteEngine on
    RewriteRule ^friendly\$ /tls
</Directory>
ErrorDocument 404 /tls
<Location /closed>
    SetHandler tlsgate-verify
    <If "%{REQUEST_METHOD} == 'GET'">
        Require all denied
    </If>
</Location>
<VirtualHost *:\@tls\@>
    ServerName first.example.com
    SSLEngine on
    TlsGate legacy
    <Location /partners>
        TlsGate partners
    </Location>
</VirtualHost>
<VirtualHost *:\@tls\@>
    ServerName second.example.com
    SSLEngine on
    TlsGate legacy
</VirtualHost>
<VirtualHost *:\@tls\@>
    ServerName third.example.com
    SSLEngine on
    TlsGate secret
    <Location /partners>
        TlsGate partners
    </Location>
</VirtualHost>
CONF
$h->write_file('htdocs/page.shtml', '<!--#include virtual="/tls" -->');
$h->write_file('htdocs/negotiated.html', "negotiated\n");
$h->start;

sub on { my ($host, $tls, $path, %o) = @_; return ask(port => $h->port, tls => $tls, host => $host, sni => $host, path => $path, %o) }

# --- requested in other ways, by modern and old clients
for my $tls ('TLSv1.2', 'TLSv1') {
    my $says = $tls eq 'TLSv1' ? 'true' : 'false';
    for (['/friendly', 'a rewrite'], ['/page.shtml', 'an include'], ['/nowhere', 'an ErrorDocument']) {
        my ($path, $how) = @$_;
        like(on('second.example.com', $tls, $path)->{body}, qr/"deprecated": $says/, "$tls: reached by $how");
    }
}
my @seen = $h->wait_sightings(3);
is_deeply([ map { "$_->{url}{path} $_->{tlsgate}{test}" } @seen ],
    [ '/friendly 1', '/page.shtml 0', '/nowhere 0' ], 'each is one sighting; only a request for the page itself is a test');

# --- access control
is(on('second.example.com', 'TLSv1.2', '/closed')->{status}, 403, 'what <If> denies stays denied');
is(on('second.example.com', 'TLSv1.2', '/closed', method => 'POST')->{status}, 200, 'and only that');

# --- the schedules of each host
my %names = map { my $host = $_; ($host => [ sort map { $_->{name} } @{ json_of(on("$host.example.com", 'TLSv1', '/plan'))->{schedules} } ]) } qw(first second third);
is_deeply(\%names, { first => [qw(legacy partners)], second => ['legacy'], third => ['partners'] },
    'a host shows its own announced schedules, and not those of its neighbour');
is(on('third.example.com', 'TLSv1', '/tls')->{status}, 400, 'a schedule of a location counts beside an unannounced one of the host');
is(json_of(on('first.example.com', 'TLSv1', '/tls'))->{rejected_for_good}, '2018-07-20T00:00:00Z', 'the earliest date of any of them');

# --- content negotiation starts a new filter chain
my $r = on('second.example.com', 'TLSv1', '/negotiated');
is($r->{status}, 200, 'a negotiated resource is served');
is($r->{headers}{sunset}, 'Wed, 01 Aug 2018 00:00:00 GMT', 'with its Sunset');
$h->finish_ok(qr{AH01630: client denied});
done_testing;
