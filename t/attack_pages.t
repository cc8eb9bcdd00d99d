# Our pages: whose a path is, is told by SetHandler as httpd merges it; the page goes before whatever
# else wants its path; only the page's own answer is open to everyone; and no rule about access is
# passed over for anything else.
use strict;
use warnings;
use lib 't/lib';

use Test::More;

use TlsGate::Client qw(ask connect_to json_of);
use TlsGate::Httpd;
use TlsGate::Long qw(is_long mpms);

my $LEGACY = <<'CONF';
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
CONF

# --- macros: httpd forgets the names of their lines, and other lines get the same bytes
sub macros {
    my $N = 100;
    my $use = join '', map { ("Use page $_\n", "Use plain $_\n") } 1 .. $N;
    my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', modules => [qw(macro proxy proxy_http)], conf => <<"CONF");
Listen 127.0.0.1:\@tls\@
Listen 127.0.0.1:\@backend\@
$LEGACY
KeepAlive on
MaxKeepAliveRequests 0
<Macro page \$n>
    <Location /verify-\$n/>
        SetHandler tlsgate-verify
    </Location>
</Macro>
<Macro plain \$n>
    <Location /secret/\$n/>
        SetHandler default-handler
    </Location>
    <Location /proxy/\$n/>
        SetHandler proxy-server
    </Location>
</Macro>
<Directory "\$DIR/htdocs/secret">
    Require all denied
</Directory>
<VirtualHost *:\@tls\@>
    SSLEngine on
    TlsGate legacy
    ProxyPass /proxy/ http://127.0.0.1:\@backend\@/
    $use
</VirtualHost>
<VirtualHost *:\@backend\@>
    RedirectMatch 410 .
</VirtualHost>
CONF
    mkdir $h->dir . "/htdocs/secret";
    for (1 .. $N) { mkdir $h->dir . "/htdocs/secret/$_"; $h->write_file("htdocs/secret/$_/x", "secret\n") }
    $h->start;
    for my $start ('the start', 'a graceful restart') {
        my (%modern, %legacy);
        my $s = connect_to(port => $h->port, tls => 'TLSv1.2');
        for my $n (1 .. $N) {
            for my $what ("secret/$n/x", "proxy/$n/x", "verify-$n/") {
                my $r = ask(on => $s, path => "/$what");
                $modern{ $what =~ s/\d+/N/r }{ $r->{status} }++;
            }
        }
        for my $n (1 .. $N) {
            for my $what ("secret/$n/x", "proxy/$n/x", "verify-$n/") {
                next if $n > 30 && $what =~ /^v/ && !is_long();
                $legacy{ $what =~ s/\d+/N/r }{ ask(port => $h->port, tls => 'TLSv1', path => "/$what")->{status} }++;
            }
        }
        is_deeply(\%modern, { 'secret/N/x' => { 403 => $N }, 'proxy/N/x' => { 410 => $N }, 'verify-N/' => { 200 => $N } },
            "after $start: no secret file is served, every proxied path is proxied, every page is there");
        is_deeply([ map { join ' ', sort keys %{ $legacy{$_} } } 'secret/N/x', 'proxy/N/x', 'verify-N/' ], [426, 426, 400],
            "after $start: a legacy client is served the pages and nothing else");
        $h->graceful if $start eq 'the start';
    }
    $h->finish_ok(qr/AH01630: client denied/);
}
macros();

# --- who else wants the path of a page
my $PAGE = "<Location /test>\nSetHandler tlsgate-verify\n</Location>";
my %HOSTS = (
    alone    => '',
    proxy    => 'ProxyPass / http://127.0.0.1:@backend@/',
    match    => 'ProxyPassMatch ^/(.*) http://127.0.0.1:@backend@/$1',
    encoded  => 'ProxyPass / http://127.0.0.1:@backend@/ mapping=encoded',
    servlet  => 'ProxyPass / http://127.0.0.1:@backend@/ mapping=servlet',
    proxied  => "RewriteEngine on\nRewriteRule ^/(.*)\$ http://127.0.0.1:\@backend\@/\$1 [P]",
    program  => "RewriteEngine on\nRewriteRule ^ /cgi/app [PT]",
    handler  => "RewriteEngine on\nRewriteRule ^ - [H=server-status]",
    file     => "RewriteEngine on\nRewriteRule ^ \$DIR/htdocs/x",
    gone     => "RewriteEngine on\nRewriteRule ^ - [G]",
    away     => "RewriteEngine on\nRewriteRule ^ https://other.example.com/ [R]",
    redirect => 'Redirect 302 / https://other.example.com/',
    alias    => 'ScriptAlias /test $DIR/cgi/app',
    lua      => 'LuaMapHandler . $DIR/app.lua',
    script   => "Script POST /cgi/app\nScript GET /cgi/app",
    dav      => "<Location />\nDav On\n</Location>",
    denied   => "<Directory \$DIR/htdocs>\nRequire all denied\n</Directory>",
    fallback => "FallbackResource /cgi/app",
    within   => "<Location /test>\nRewriteEngine on\nRewriteRule . - [H=server-status]\n</Location>",
    perdir   => "<Location /test>\nRewriteEngine on\nRewriteRule . http://127.0.0.1:\@backend\@/ [P]\n</Location>",
    moved    => "<Location /test>\nRedirect 302 https://other.example.com/\n</Location>",
    matched  => "<Location /test>\nRedirectMatch 301 ^/(.*) https://other.example.com/\$1\n</Location>",
    sent     => "<Location /test>\nRewriteEngine on\nRewriteRule . https://other.example.com/ [R=307,L]\n</Location>",
    setproxy => "<Directory \$DIR/htdocs>\nSetHandler \"proxy:http://127.0.0.1:\@backend\@/\"\n</Directory>",
    type     => "<Location />\nForceType application/x-httpd-app\n</Location>\nAction application/x-httpd-app /cgi/app",
    action   => 'Action tlsgate-verify /cgi/app',
);
# Where something else is what SetHandler says in the end, it is no page, and gated.
my %OTHERS = (
    other    => "<LocationMatch ^/test>\nSetHandler server-status\n</LocationMatch>",
    if       => "<If \"%{REQUEST_METHOD} != 'BREW'\">\nSetHandler server-status\n</If>",
    none     => "<LocationMatch ^/test>\nSetHandler none\n</LocationMatch>\nRewriteEngine on\nRewriteRule ^ /cgi/app [PT]",
);

sub attack {
    my ($mpm, $cache) = @_;
    my %all = (%HOSTS, %OTHERS);
    my $hosts = join '', map { "Listen 127.0.0.1:\@$_\@\n<VirtualHost *:\@$_\@>\nServerName $_.example.com\nSSLEngine on\nTlsGate legacy\n"
        . "ScriptAlias /cgi/ \$DIR/cgi/\n$PAGE\n$all{$_}\n</VirtualHost>\n" } sort keys %all;
    my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', mpm => $mpm,
        modules => [qw(actions dav dav_fs lua proxy proxy_http status), $mpm eq 'prefork' ? 'cgi' : 'cgid', $cache ? qw(cache cache_disk) : ()],
        conf => <<"CONF");
Listen 127.0.0.1:\@backend\@
<IfModule cgid_module>
    ScriptSock cgisock
</IfModule>
<IfModule cache_module>
    CacheRoot \$DIR/cache
    CacheEnable disk /
    CacheStoreNoStore on
    CacheDefaultExpire 3600
    CacheQuickHandler $cache
</IfModule>
DavLockDB \$DIR/run/dav
$LEGACY
<VirtualHost *:\@backend\@>
    RewriteEngine on
    RewriteRule ^ \$DIR/cgi/app [H=cgi-script]
    <Directory \$DIR/cgi>
        Options +ExecCGI
    </Directory>
</VirtualHost>
$hosts
CONF
    mkdir $h->dir . "/$_" for qw(cgi htdocs/test);
    $h->write_file('cgi/app', "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\napplication\\n'\n");
    $h->write_file('app.lua', "function handle(r)\nr:puts('application')\nreturn apache2.OK\nend\n");
    $h->write_file($_, "file\n") for qw(htdocs/x htdocs/test/index.html htdocs/test/x);
    chmod 0755, $h->dir . '/cgi/app';
    chmod 0777, $h->dir . '/htdocs/test';
    $h->start;
    for my $host (sort keys %all) {
        my @wrong;
        my $is_page = exists $HOSTS{$host};
        # method, path, status over TLSv1.2 and over TLSv1: the page's own
        for (['GET', '/test', 200, 400], ['GET', '/test/', 200, 400], ['GET', '/test/x', 200, 400], ['GET', '//%74est', 200, 400],
             ['GET', '/x/../test', 200, 400], ['HEAD', '/test', 200, 400], ['POST', '/test', 200, 400], ['PUT', '/test/new', 405, 405],
             ['DELETE', '/test/x', 405, 405], ['COPY', '/test/x', 405, 405], ['PROPFIND', '/test/', 405, 405], ['OPTIONS', '/test', 200, 200]) {
            my ($method, $path, $modern, $legacy) = @$_;
            for ('TLSv1.2', 'TLSv1') {
                next if $_ eq 'TLSv1.2' && !$is_page;
                my $expected = !$is_page ? 426 : $_ eq 'TLSv1' ? $legacy : $modern;
                my $r = ask(port => $h->port($host), tls => $_, host => "$host.example.com", method => $method, path => $path,
                    headers => ["Destination: http://$host.example.com/y"], $method =~ /^P[OU]/ ? (body => 'x') : ());
                push @wrong, "$_ $method $path: $r->{status}, not $expected" if $r->{status} != $expected;
                push @wrong, "$_ $method $path: not by the page" if $is_page && $expected =~ /^[24]00/ && $method =~ /GET|POST/ && $r->{body} !~ /"tls_version"/;
            }
        }
        is_deeply(\@wrong, [], "$mpm, cache $cache, $host: " . ($is_page ? 'the page answers, and nobody else' : 'no page, and gated'));
    }
    is_deeply([ sort map { s{.*/}{}r } glob($h->dir . '/htdocs/test/*') ], [qw(index.html x)], "$mpm, cache $cache: nothing was written or removed");
    $h->finish_ok;
}
# What denies access to a page does so, in its own <Location> and in a rewrite; and what is set there is set.
sub denied {
    my %conf = (require => 'Require all denied', forbidden => "RewriteEngine on\nRewriteRule . - [F]", gone => "RewriteEngine on\nRewriteRule . - [G]",
        set => 'SetEnv PAGE yes');
    my %status = (require => 403, forbidden => 403, gone => 410);
    my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', conf => "$LEGACY Header always set X-Page %{PAGE}e\n" . join '', map {
        "Listen 127.0.0.1:\@$_\@\n<VirtualHost *:\@$_\@>\nSSLEngine on\nTlsGate legacy\n<Location /test>\nSetHandler tlsgate-verify\n$conf{$_}\n</Location>\n</VirtualHost>\n"
    } sort keys %conf)->start;
    for my $host (sort keys %conf) {
        for (['TLSv1', 400], ['TLSv1.2', 200]) {
            my ($tls, $page) = @$_;
            my $r = ask(port => $h->port($host), tls => $tls, path => '/test');
            is($r->{status}, $status{$host} // $page, "$host: the status over $tls");
            is($r->{headers}{'x-page'}, $host eq 'set' ? 'yes' : '(null)', "$host: what is set over $tls");
        }
    }
    $h->finish_ok(qr/AH01630: client denied/);
}
denied();

# --- what a caller says of itself is no markup, whatever stands behind the page; and what is
# part of another answer is no test
sub words {
    my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', modules => [qw(include)], conf => <<"CONF");
Listen 127.0.0.1:\@tls\@
Listen 127.0.0.1:\@open\@
$LEGACY
TlsGateAdvice "Ask <support\@example.com>."
<Location /test>
    SetHandler tlsgate-verify
</Location>
<Directory "\$DIR/htdocs">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
    AddType text/html .shtml
</Directory>
<VirtualHost *:\@tls\@>
    SSLEngine on
    TlsGate legacy
    TlsGateIdentity query:customer
    ErrorDocument 426 /test
    <Location /test>
        SetOutputFilter INCLUDES
        Options +Includes
    </Location>
</VirtualHost>
<VirtualHost *:\@open\@>
    SSLEngine on
    TlsGate legacy report-only
    ErrorDocument 404 /test
</VirtualHost>
CONF
    $h->write_file('htdocs/page.shtml', '<!--#include virtual="/test" -->');
    $h->write_file('htdocs/secret', "secret\n");
    $h->start;
    my $attack = '/test?customer=' . '%3C!--%23include%20virtual=%22/secret%22%20--%3E';
    for my $tls ('TLSv1.2', 'TLSv1') {
        for my $type ('application/json', 'text/plain', 'text/html') {
            my $r = ask(port => $h->port, tls => $tls, path => $attack, headers => ["Accept: $type"]);
            unlike($r->{body}, qr/^secret/m, "$tls, $type: what the caller says is not run");
            like($r->{body}, $type eq 'text/html' ? qr/&lt;!--#include/ : qr/\\u003c!--#include/, "$tls, $type: and is shown");
            is($r->{headers}{'x-content-type-options'}, 'nosniff', "$tls, $type: nosniff");
        }
    }
    like(json_of(ask(port => $h->port, tls => 'TLSv1', path => $attack))->{client}, qr/^account:<!--#include/, 'in JSON it is what it was');
    $h->wait_sightings(4); # a line is written after its answer
    my $r = ask(port => $h->port, tls => 'TLSv1', path => '/');
    $h->wait_sightings(5);
    is($r->{status}, 426, 'an ErrorDocument that is the page keeps the status of the rejection');
    like($r->{body}, qr/"tls_version": "TLS 1.0"/, 'and is the page');
    is(ask(port => $h->port('open'), tls => $_, path => '/nowhere')->{status}, 404, "$_: and that of a page that is not there") for 'TLSv1.2', 'TLSv1';
    $h->wait_sightings(6);
    ask(port => $h->port('open'), tls => 'TLSv1', path => '/page.shtml');
    $h->wait_sightings(7);
    ask(port => $h->port('open'), tls => 'TLSv1', path => '/test');
    is_deeply([ map { "$_->{url}{path} $_->{http}{response}{status_code} $_->{tlsgate}{test}" } $h->wait_sightings(8) ],
        [('/test 400 1') x 4, '/ 426 0', '/nowhere 404 0', '/page.shtml 200 0', '/test 400 1'], 'a test is what asked for the page');
    $h->finish_ok;
}
words();

# --- rejections
sub rejections {
    my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', conf => <<"CONF");
Listen 127.0.0.1:\@tls\@
$LEGACY
TlsGateAdvice "Ask <support\@example.com>."
<VirtualHost *:\@tls\@>
    SSLEngine on
    TlsGate legacy
</VirtualHost>
CONF
    $h->start;
    for my $type ('application/json', 'text/plain', 'text/html') {
        my $r = ask(port => $h->port, tls => 'TLSv1', headers => ["Accept: $type"]);
        is_deeply([$r->{status}, $r->{headers}{'x-content-type-options'}], [426, 'nosniff'], "a rejection in $type: nosniff");
        next if $type ne 'application/json';
        unlike($r->{body}, qr/</, 'no markup in JSON');
        is(json_of($r)->{advice}, 'Ask <support@example.com>.', 'and it means the same');
    }
    $h->finish_ok;
}
rejections();

attack(@$_) for is_long() ? map({ my $mpm = $_; map { [$mpm, $_] } '', 'on', 'off' } mpms()) : (['event', ''], ['prefork', 'on']);
done_testing;
