# A request is decided once, before redirects and rewrites: internal requests of
# httpd are not gated again, and there is one sighting for all of them.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;
use TlsGate::Client qw(ask get);

my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:30:00Z',
    modules => [qw(include cgid negotiation actions)], conf => <<'CONF');
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@plain@
Listen 127.0.0.1:@soon@
ScriptSock cgisock
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
</TlsGateSchedule>
<TlsGateSchedule plain-http>
    TlsGateDeprecate cleartext
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
CustomLog logs/access "%U %>s %{TLSGATE_PHASE}e" env=TLSGATE_PROTOCOL
DirectoryIndex none.html index.html
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy as=announced
    <Location /api>
        TlsGate legacy
    </Location>
    <Location /open>
        TlsGate off
    </Location>
    Redirect 302 /api/old /open/elsewhere
    Redirect 302 /old /elsewhere
    RewriteEngine on
    RewriteRule ^/api/rewritten$ /elsewhere [R=301,L]
    RewriteRule ^/open/alias$ /api/page.html [PT]
    RewriteRule ^/api/alias$ /page.html [PT]
    RewriteCond %{ENV:TLSGATE_PHASE} =announced
    RewriteRule ^/condition$ - [R=410,L]
    <Location /wrapped>
        SetHandler wrap
    </Location>
    Action wrap /cgi/env virtual
    ScriptAlias /cgi/ $DIR/cgi/
    <Directory $DIR/htdocs>
        Options +Includes +MultiViews +FollowSymLinks
        AddOutputFilter INCLUDES .shtml
        RewriteEngine on
        RewriteRule ^inside$ api/page.html
    </Directory>
    <Directory $DIR/htdocs/fallback>
        FallbackResource /page.html
    </Directory>
    ErrorDocument 404 /error.shtml
</VirtualHost>
<VirtualHost *:@plain@>
    TlsGate plain-http
    Redirect permanent / https://localhost:@tls@/
</VirtualHost>
<VirtualHost *:@soon@>
    TlsGate plain-http as=announced
    Redirect permanent / https://localhost:@tls@/
</VirtualHost>
CONF
mkdir $h->dir . "/$_" for qw(cgi htdocs/api htdocs/open htdocs/dir htdocs/fallback);
$h->write_file('cgi/env', "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nenv | grep ^TLSGATE_ | sort\n");
$h->write_file('cgi/local', "#!/bin/sh\nprintf 'Location: /api/page.html\\n\\n'\n");
chmod 0755, map { $h->dir . "/cgi/$_" } qw(env local);
$h->write_file("htdocs/$_", "$_\n") for qw(page.html api/page.html api/index.html dir/index.html negotiated.html);
$h->write_file('htdocs/parts.shtml', '<!--#include virtual="/api/page.html" --><!--#include virtual="/page.html" -->'
    . '<!--#echo var="TLSGATE_PHASE" -->');
$h->write_file('htdocs/error.shtml', 'not here: <!--#echo var="TLSGATE_PHASE" -->');
$h->start;

sub sightings_of { my ($path) = @_; return grep { $_->{url}{path} eq $path } $h->sightings }

# path, answer to a modern client, answer to a legacy client, phase
# (undef: no sighting), case
for (
    ['/api/old',       302, 426, 'trial',     'rejected before Redirect'],
    ['/api/rewritten', 301, 426, 'trial',     'rejected before RewriteRule'],
    ['/old',           302, 302, 'announced', 'a redirect where it is served'],
    ['/open/alias',    200, 426, 'trial',     'a rewrite into a gated location, before it is served'],
    ['/api/alias',     200, 426, 'trial',     'a rewrite out of a gated location, after it was decided'],
    ['/condition',     404, 410, 'announced', 'RewriteCond sees the variables'],
    ['/api/',          200, 426, 'trial',     'a gated directory'],
    ['/api',           301, 426, 'trial',     'and its missing slash'],
    ['/dir/',          200, 200, 'announced', 'DirectoryIndex'],
    ['/dir',           301, 301, 'announced', 'DirectorySlash'],
    ['/fallback/any',  200, 200, 'announced', 'FallbackResource'],
    ['/negotiated',    200, 200, 'announced', 'MultiViews'],
    ['/inside',        200, 200, 'announced', 'a rewrite within a directory, which redirects internally'],
    ['/cgi/local',     200, 200, 'announced', 'a redirect by a program within the server'],
    ['/cgi/env',       200, 200, 'announced', 'a program'],
    ['/wrapped/x',     200, 200, 'announced', 'an Action'],
    ['/parts.shtml',   200, 200, 'announced', 'includes'],
    ['/none',          404, 404, 'announced', 'an error document'],
    ['/open/none',     404, 404, undef,       'an error document where it is off'],
) {
    my ($path, $modern, $legacy, $phase, $what) = @$_;
    is(get($h->port, 'TLSv1.2', $path)->{status}, $modern, "$path over TLSv1.2: $modern");
    is(get($h->port, 'TLSv1', $path)->{status}, $legacy, "$path over TLSv1: $legacy, $what");
    $h->wait_until(sub { sightings_of($path) }) if $phase;
    my @s = map { "$_->{tlsgate}{phase} $_->{http}{response}{status_code}" } sightings_of($path);
    is_deeply(\@s, $phase ? ["$phase $legacy"] : [], "$path: " . ($phase ? 'one sighting' : 'no sighting'));
}
is((grep { $_->{url}{path} =~ m{^/(?:api/page|page|error)\.} } $h->sightings), 0, 'no sighting of an internal request');
is(get($h->port, 'TLSv1', '/parts.shtml')->{body}, "api/page.html\npage.html\nannounced",
    'a subrequest into a gated location is not gated, and has the variables');
is(get($h->port, 'TLSv1', '/inside')->{body}, "api/page.html\n", 'nor is an internal redirect into one');
is(get($h->port, 'TLSv1', '/none')->{body}, 'not here: announced', 'an error document has the variables');
for my $path ('/cgi/env', '/wrapped/x') {
    is(get($h->port, 'TLSv1', $path)->{body}, join('', map { "TLSGATE_$_\n" } 'CLIENT=ip:127.0.0.1', 'GROUP=x25519', 'PHASE=announced',
        'PROTOCOL=TLSv1', 'SCHEDULE=legacy', 'VERDICT=warn'), "$path: a program has them all");
    is(get($h->port, 'TLSv1.2', $path)->{body}, '', "$path: and none of them for a modern client");
}
like(TlsGate::Httpd::slurp($h->dir . '/logs/access'), qr{^/api/old 426 trial$}m, 'CustomLog env= sees a rejection');
unlike(TlsGate::Httpd::slurp($h->dir . '/logs/access'), qr{\(null\)|-$}m, 'and nothing else');

# --- plain HTTP, which is redirected when it is served ---
my $r = get($h->port('plain'), undef, '/x');
is_deeply([$r->{status}, $r->{headers}{location}], [403, undef], 'cleartext: rejected before the redirect to https');
$r = get($h->port('soon'), undef, '/x');
is_deeply([$r->{status}, $r->{headers}{location}, $r->{headers}{deprecation}],
    [301, 'https://localhost:' . $h->port . '/x', '@1527811200'], 'announced cleartext: redirected, with headers');
$h->finish_ok;
done_testing;
