# Who answers where a path is open, or before a request was decided: no program, no proxy and no hook of
# another module reaches a client that is rejected there.
use strict;
use warnings;
use lib 't/lib';

use Test::More;

use TlsGate::Client qw(ask connect_to read_response);
use TlsGate::Httpd;

my $ACME = '/.well-known/acme-challenge';
my $ERRORS = join '', map { "ErrorDocument $_ /cgi/app\n" } qw(400 403 404 408 413 414 417 421 501 505);
my $LUA = join '', map { "LuaHook$_->[0] \$DIR/hooks.lua $_->[1]\n" } ['TranslateName', 'translate early'], ['MapToStorage', 'storage'],
    ['AccessChecker', 'access early'], ['TypeChecker', 'types'], ['Fixups', 'fixups'];
my $QUICK = 'LuaQuickHandler $DIR/hooks.lua quick';
my %HOSTS = (
    errors   => "TlsGate legacy\n$ERRORS",
    open     => "TlsGate legacy\n<Location /open>\nTlsGate off\n</Location>\n$ERRORS",
    within   => "<Location /api>\nTlsGate legacy\n</Location>\n$ERRORS",
    file     => "TlsGate legacy\nErrorDocument 404 /index.html\nErrorDocument 400 \"in words\"",
    proxied  => "TlsGate legacy\nErrorDocument 404 /app/e\nErrorDocument 426 /app/e\nProxyPass /app/ http://127.0.0.1:\@backend\@/",
    hooks    => "TlsGate legacy\n$LUA<Location /page>\nSetHandler tlsgate-verify\n</Location>",
    includes => "TlsGate legacy\nAddOutputFilter INCLUDES .shtml\nErrorDocument 404 /error.shtml\n<Directory \$DIR/htdocs>\nOptions +IncludesNOEXEC\n</Directory>",
    exec     => "TlsGate legacy\nAddOutputFilter INCLUDES .shtml\nErrorDocument 404 /exec.shtml\n<Directory \$DIR/htdocs>\nOptions +Includes\n</Directory>",
    program  => "TlsGate legacy\nExtFilterDefine application mode=output cmd=\"\$DIR/cgi/app\"\nErrorDocument 404 /index.html\n<Files index.html>\nSetOutputFilter application\n</Files>",
    changed  => "TlsGate legacy\nErrorDocument 404 /index.html\n<Files index.html>\nSetOutputFilter SUBSTITUTE\nSubstitute s/static/changed/\n</Files>",
    edited   => "TlsGate legacy\nErrorDocument 404 /index.html\n<Files index.html>\nSetOutputFilter Sed\nOutputSed s/static/edited/\n</Files>",
    quick    => "TlsGate legacy\n$QUICK\n<Location /open>\nTlsGate off\n</Location>\n<Location /page>\nSetHandler tlsgate-verify\n</Location>",
    redirect => "TlsGate legacy\nRedirect 302 $ACME/ https://other.example.com/",
    names    => "TlsGate legacy\nCheckSpelling on\nDirectoryIndex index.html\n"
        . join('', map { "<Location $_>\nSetHandler tlsgate-schedule\n</Location>\n" } qw(/denied /sched /many)),
);
my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', modules => [qw(cgid include ext_filter substitute sed lua proxy proxy_http speling negotiation)],
    tolerates => [qr/core:error\]/, qr/http:error\]/, qr/cgid:error\] AH01270/, qr/authz_core:error\]/, qr/negotiation:error\]/, qr/include:error\] unable to include/],
    conf => <<'CONF' . join '', map { "Listen 127.0.0.1:\@$_\@\n<VirtualHost *:\@$_\@>\nSSLEngine on\nScriptAlias /cgi/ \$DIR/cgi/\n$HOSTS{$_}\n</VirtualHost>\n" } sort keys %HOSTS);
Listen 127.0.0.1:@backend@
ScriptSock cgisock
LimitRequestLine 200
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
<Directory $DIR/htdocs>
    Options +MultiViews
</Directory>
<Directory $DIR/htdocs/denied>
    Require all denied
</Directory>
<VirtualHost *:@backend@>
    TlsGate off
    RewriteEngine on
    RewriteRule ^ $DIR/htdocs/app.txt
</VirtualHost>
CONF
mkdir $h->dir . "/$_" for qw(cgi htdocs/denied htdocs/Sched);
$h->write_file('cgi/app', "#!/bin/sh\nprintf 'Status: 200 OK\\nContent-Type: text/plain\\n\\napplication\\n'\n");
chmod 0755, $h->dir . '/cgi/app';
$h->write_file("htdocs/$_", "application\n") for qw(app.txt denied/secret-name.txt many.html);
$h->write_file('htdocs/error.shtml', qq(not here <!--#include virtual="/cgi/app" --> <!--#include virtual="/index.html" -->\n));
$h->write_file('htdocs/exec.shtml', qq(<!--#exec cmd="echo application" -->\n));
$h->write_file('hooks.lua', "function quick(r)\nif r.uri:match('denied') then\nr.status=403\nreturn 403\nend\nif r.uri:match('byquick') then\nr:puts('application')\nreturn apache2.OK\nend\nreturn apache2.DECLINED\nend\n"
    . join '', map { "function $_(r)\nif r.uri:match('by$_') then\nr.content_type='text/plain'\nr:puts('application')\nreturn apache2.DONE\nend\nreturn apache2.DECLINED\nend\n" }
    qw(translate storage access types fixups));
$h->start;

sub answered {
    my ($host, $tls, $line, @headers) = @_;
    my $s = connect_to(port => $h->port($host), tls => $tls) or return 'no connection';
    print $s join("\r\n", $line, @headers, 'Connection: close', '', '');
    my $r = read_response($s, (split / /, $line)[0]) or return 'nothing';
    my $app = ($r->{body} // '') =~ /^application/m ? ' application' : '';
    return wantarray ? ($r->{status} . $app, $r) : $r->{status} . $app;
}
my @HOST = 'Host: localhost';
my $LONG = 'x' x 300;

# --- error documents of requests that were not decided: host, line, headers, a legacy client's, a modern one's
for (
    [ 'errors',  'GET /x HTTP/1.1',        [@HOST], '426' ],
    [ 'errors',  'GET /shop%2fx?a=1 HTTP/1.1', [@HOST], '404', '200 application' ],
    [ 'errors',  'GET /shop%00 HTTP/1.1',  [@HOST], '404', '200 application' ],
    [ 'errors',  'GET /%zz HTTP/1.1',      [@HOST], '400', '200 application' ],
    [ 'errors',  'GET /shop HTTP/1.1',     [],      '400', '200 application' ],
    [ 'errors',  'GET /shop HTTP/1.1',     ['Host: a b'], '400', '200 application' ],
    [ 'errors',  'GET /shop HTTP/1.1',     [@HOST, @HOST], '400', '200 application' ],
    [ 'errors',  'GET /shop HTTP/1.1',     [@HOST, 'Expect: more'], '417', '200 application' ],
    [ 'errors',  "GET /$LONG HTTP/1.1",    [@HOST], '414' ],
    [ 'within',  "GET /$LONG HTTP/1.1",    [@HOST], '414' ],
    [ 'within',  'GET /api%2fx HTTP/1.1',  [@HOST], '404', '200 application' ],
    [ 'within',  'GET /x%2fx HTTP/1.1',    [@HOST], '200 application', '200 application' ],
    [ 'open',    'GET /open%2fx HTTP/1.1', [@HOST], '200 application', '200 application' ],
    [ 'open',    'GET /x%2fx HTTP/1.1',    [@HOST], '404', '200 application' ],
    [ 'file',    'GET /x%2fx HTTP/1.1',    [@HOST], '404', '404' ],
    [ 'exec',    'GET /x%2fx HTTP/1.1',    [@HOST], '404', '404 application' ],
    [ 'program', 'GET /x%2fx HTTP/1.1',    [@HOST], '404', '404 application' ],
    [ 'proxied', 'GET /x%2fx HTTP/1.1',    [@HOST], '404', '200 application' ],
    [ 'proxied', 'GET /x HTTP/1.1',        [@HOST], '200 application' ],
) {
    my ($host, $line, $headers, $legacy, $modern) = @$_;
    my $what = "$host: " . substr($line, 0, 30) . ", @$headers";
    is(scalar(answered($host, 'TLSv1', $line, @$headers)), $legacy, $what);
    is(scalar(answered($host, 'TLSv1.2', $line, @$headers)), $modern, "$what: a modern client") if $modern;
}
like((answered('file', 'TLSv1', 'GET /x%2fx HTTP/1.1', @HOST))[1]{body}, qr/static page/, 'an error document that is a file is sent');
like((answered('changed', 'TLSv1', 'GET /x%2fx HTTP/1.1', @HOST))[1]{body}, qr/changed page/, 'also by a filter that runs no program');
like((answered('edited', 'TLSv1', 'GET /x%2fx HTTP/1.1', @HOST))[1]{body}, qr/edited page/, '... such as mod_sed');
is((answered('file', 'TLSv1', 'GET /%zz HTTP/1.1', @HOST))[1]{body}, 'in words', 'and one that is a text');

# --- hooks that answer before any handler
for my $hook (qw(translate storage access types fixups)) {
    for ([ "$ACME/by$hook", '426' ], [ "/by$hook", '426' ], [ "/page/by$hook", $hook eq 'translate' ? '400' : '426' ]) {
        my ($path, $legacy) = @$_;
        is(scalar(answered('hooks', 'TLSv1', "GET $path HTTP/1.1", @HOST)), $legacy, "$path, answered in a hook");
    }
    is(scalar(answered('hooks', 'TLSv1.2', "GET $ACME/by$hook HTTP/1.1", @HOST)), '200 application', "$hook: a modern client is answered there");
}
is(scalar(answered('hooks', 'TLSv1', "GET $ACME/none HTTP/1.1", @HOST)), '404', 'none of them: no challenge');
is(scalar(answered('hooks', 'TLSv1', 'GET /page HTTP/1.1', @HOST)), '400', 'none of them: the page');
is(scalar(answered('redirect', 'TLSv1', "GET $ACME/x HTTP/1.1", @HOST)), '302', 'a redirect of a challenge is sent');

# --- a file with server-side includes, as the error document of a request that was not decided
for my $tls (qw(TLSv1 TLSv1.2)) {
    my ($status, $r) = answered('includes', $tls, 'GET /x%2fx HTTP/1.1', @HOST);
    is($status =~ s/ .*//r, 404, "$tls: its status");
    is($r->{body} =~ /application/ ? 'included' : 'not', $tls eq 'TLSv1' ? 'not' : 'included', "$tls: a program in it");
    like($r->{body}, qr/static page/, "$tls: a file in it is");
}

# --- quick handlers: host, path, what a legacy client gets, and a modern one
for (
    [ '/open/denied',  '403',             '403' ],
    [ '/open/byquick', '200 application', '200 application' ],
    [ '/open/',        '404',             '404' ],
    (map { [ "/byquick$_", '404', '200 application' ] } '/../open/', '/%2e%2e/open/', '/x/../../open/', '//../open/', ';/../open/'),
    [ '/byquick',      '426',             '200 application' ],
    [ '/x/denied',     '426',             '403' ],
    [ "$ACME/byquick", '404',             '200 application' ],
    [ '/page/byquick', '400',             '200 application' ],
) {
    my ($path, $legacy, $modern) = @$_;
    is(scalar(answered('quick', 'TLSv1', "GET $path HTTP/1.1", @HOST)), $legacy, "$path with a quick handler");
    is(scalar(answered('quick', 'TLSv1.2', "GET $path HTTP/1.1", @HOST)), $modern, "$path with a quick handler, a modern client");
}

# --- what has nearly the name of a page, or is below it
for my $path (qw(/denied/secret-nam.txt /denied/secret-name /denied /denied/ /sched /sched/x /many)) {
    for my $tls (qw(TLSv1 TLSv1.2)) {
        my ($status, $r) = answered('names', $tls, "GET $path HTTP/1.1", @HOST);
        is_deeply([ $status, $r->{headers}{location} ], [ '200', undef ], "$tls: $path is the page's");
    }
}
$h->finish_ok;
my @wrong = grep { $_->{tlsgate}{enforced} xor $_->{http}{response}{status_code} == 426 || $_->{http}{response}{status_code} == 200 } grep { ($_->{url}{path} // '/x') !~ m{^/(?:page|denied|sched|many|open|x)} } $h->sightings;
is_deeply(\@wrong, [], 'the log says of each whether it was rejected');
done_testing;
