# What is open for ACME challenges serves challenges and nothing else: not the application that
# answers for every path, no program, no proxy, no other method and nothing that writes.
use strict;
use warnings;
use lib 't/lib';

use Test::More;

use TlsGate::Client qw(ask);
use TlsGate::Httpd;
use TlsGate::Long qw(is_long mpms);

my $ACME = '/.well-known/acme-challenge';

# name => what its host has
my %HOSTS = (
    files     => '',
    fallback  => 'FallbackResource /cgi/app',
    fallfile  => 'FallbackResource /index.html',
    rewrite   => "RewriteEngine on\nRewriteRule ^ /cgi/app [PT]",
    rewritten => "RewriteEngine on\nRewriteRule ^ \$DIR/htdocs/index.html",
    handler   => "RewriteEngine on\nRewriteRule ^ - [H=cgi-script]",
    proxied   => "RewriteEngine on\nRewriteRule ^/(.*) http://127.0.0.1:\@backend\@/\$1 [P]",
    perdir    => "<Directory \$DIR/htdocs>\nRewriteEngine on\nRewriteRule !^cgi /cgi/app\n</Directory>",
    missing   => "<Directory \$DIR/htdocs>\nRewriteEngine on\nRewriteCond %{REQUEST_FILENAME} !-f\nRewriteRule !^cgi /cgi/app\n</Directory>",
    proxy     => 'ProxyPass / http://127.0.0.1:@backend@/',
    encoded   => 'ProxyPass / http://127.0.0.1:@backend@/ mapping=encoded',
    servlet   => 'ProxyPass / http://127.0.0.1:@backend@/ mapping=servlet',
    sethandler => "<Location $ACME/>\nSetHandler cgi-script\n</Location>",
    action    => "Action text/plain /cgi/app\nForceType text/plain",
    othertype => "Action text/foo /cgi/app\nForceType text/foo",
    actionall => "<Location $ACME/>\nSetHandler app\n</Location>\nAction app /cgi/app virtual",
    script    => "Script POST /cgi/app\nScript PUT /cgi/app",
    error     => 'ErrorDocument 404 /cgi/app',
    errorfile => 'ErrorDocument 404 /index.html',
    dav       => "<Location />\nDav On\n</Location>",
    lua       => 'LuaMapHandler ^/\.well-known/ $DIR/app.lua',
    status    => "<Location />\nSetHandler server-status\n</Location>",
    alias     => "ScriptAlias $ACME \$DIR/cgi/app",
    typed     => "<Location $ACME/>\nForceType application/x-httpd-app\n</Location>\nAction application/x-httpd-app /cgi/app",
    redirect  => 'Redirect 302 / https://other.example.com/',
);
my $hosts = join '', map { "Listen 127.0.0.1:\@$_\@\n<VirtualHost *:\@$_\@>\nSSLEngine on\nTlsGate legacy\n"
    . "AllowEncodedSlashes on\nScriptAlias /cgi/ \$DIR/cgi/\n$HOSTS{$_}\n</VirtualHost>\n" } sort keys %HOSTS;

# host, method, path, what a modern client gets: a status, or a word of the body; a legacy client
my @EVERYWHERE = (
    ['GET',      "$ACME/..;/..;/api/x",    426, 'segments that a servlet container leaves'],
    ['GET',      "$ACME/tok/more",         426, 'more segments'],
    ['GET',      "$ACME/",                 426, 'no token'],
    ['GET',      "$ACME",                  426, 'no directory of tokens'],
    ['GET',      "$ACME/tok.php",          426, 'not the alphabet of tokens'],
    ['GET',      "$ACME/tok%20",           426, 'nor encoded'],
    ['GET',      "$ACME/tok;v=1",          426, 'nor a parameter'],
    ['GET',      "$ACME/tok%2fmore",       426, 'nor an encoded slash'],
    ['GET',      "$ACME/../../api/x",      426, 'out of it'],
    ['GET',      "$ACME/tok?x",            426, 'a query, which a challenge does not have'],
    ['POST',     "$ACME/tok",              426, 'another method'],
    ['POST',     "$ACME/x?route=/orders",  426, 'another method, for the application'],
    ['PUT',      "$ACME/new",              426, 'a method that writes'],
    ['DELETE',   "$ACME/tok",              426, 'a method that removes'],
    ['COPY',     "$ACME/tok",              426, 'a method that copies'],
    ['MOVE',     "$ACME/tok",              426, 'a method that moves'],
    ['PROPFIND', "$ACME/tok",              426, 'a method of DAV'],
    ['MKCOL',    "$ACME/dir",              426, 'a method that makes a collection'],
    ['OPTIONS',  "$ACME/tok",              426, 'a method that asks what there is'],
    ['PATCH',    "$ACME/tok",              426, 'a method that nobody has'],
);
my %TOKEN = map { ($_ => 'challenge') } qw(files fallback fallfile missing script error errorfile dav lua);
$TOKEN{$_} = 426 for qw(rewrite rewritten handler proxied proxy encoded servlet sethandler action actionall othertype status alias typed);
$TOKEN{redirect} = 302;
my %NONE = (%TOKEN, (map { ($_ => 404) } qw(files script dav lua errorfile error)), fallback => 426, fallfile => 426, perdir => 426, missing => 426);
$TOKEN{$_} = 426 for qw(perdir lua);
$TOKEN{action} = 'challenge';
($NONE{action}, $NONE{othertype}, $NONE{lua}) = (404, 404, 426);
# Nothing is at that path for an Action of a media type: what has none is httpd's own.
$NONE{typed} = 426;

sub attack {
    my ($mpm) = @_;
    my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', mpm => $mpm,
        modules => [qw(actions dav dav_fs lua proxy proxy_http status include), $mpm eq 'prefork' ? 'cgi' : 'cgid'],
        conf => <<"CONF");
Listen 127.0.0.1:\@backend\@
<IfModule cgid_module>
    ScriptSock cgisock
</IfModule>
DavLockDB \$DIR/cache/dav
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:\@backend\@>
    TlsGate off
    RewriteEngine on
    RewriteRule ^ \$DIR/cgi/app [H=cgi-script]
    <Directory \$DIR/cgi>
        Options +ExecCGI
    </Directory>
</VirtualHost>
$hosts
CONF
    mkdir $h->dir . "/$_" for qw(cgi htdocs/api htdocs/.well-known htdocs/.well-known/acme-challenge);
    $h->write_file('cgi/app', "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\napplication\\n'\n");
    $h->write_file('app.lua', "function handle(r)\nr:puts('application')\nreturn apache2.OK\nend\n");
    $h->write_file("htdocs$ACME/tok", "challenge\n");
    $h->write_file('htdocs/api/x', "api\n");
    chmod 0755, $h->dir . '/cgi/app';
    chmod 0777, $h->dir . "/htdocs$ACME", $h->dir . '/htdocs/api'; # what is refused is refused by the gate
    $h->start;
    my $ask = sub {
        my ($host, $tls, $method, $path, @headers) = @_;
        return ask(port => $h->port($host), tls => $tls, method => $method, path => $path, headers => \@headers,
            ($method =~ /^P(?:OST|UT|ATCH)/ ? (body => 'x') : ()));
    };
    for my $host (sort keys %HOSTS) {
        my @wrong;
        for (['GET', "$ACME/tok", $TOKEN{$host}], ['GET', "$ACME/none", $NONE{$host}], ['HEAD', "$ACME/tok", $TOKEN{$host}], @EVERYWHERE) {
            my ($method, $path, $expected, $what) = @$_;
            my $r = $ask->($host, 'TLSv1', $method, $path, "Destination: http://localhost/api/x");
            my $got = !$r ? 'nothing' : $expected =~ /^\d/ ? $r->{status} : $method eq 'HEAD' && $r->{status} == 200 ? $expected
                : $r->{status} == 200 ? $r->{body} =~ s/\s+$//r : $r->{status};
            push @wrong, "$method $path: $got, not $expected" . ($what ? ", $what" : '') if $got ne $expected;
            push @wrong, "$method $path: the application answered" if ($r->{body} // '') =~ /application\b(?!\/)/ && $r->{status} != 426;
        }
        is_deeply(\@wrong, [], "$mpm, $host: a legacy client is served a challenge and nothing else");
    }
    is(TlsGate::Httpd::slurp($h->dir . '/htdocs/api/x'), "api\n", "$mpm: nothing was copied or moved over another file");
    is_deeply([ map { s{.*/}{}r } glob($h->dir . "/htdocs$ACME/*") ], ['tok'], "$mpm: nothing was written");
    # What the same hosts say to others: the rules above do run there.
    for my $host (qw(fallback rewrite proxied perdir proxy encoded servlet actionall lua error)) {
        like($ask->($host, 'TLSv1.2', 'GET', "$ACME/none")->{body}, qr/^application/, "$mpm, $host: a modern client reaches the application there");
    }
    is($ask->('dav', 'TLSv1.2', 'PUT', "$ACME/new")->{status}, 201, "$mpm, dav: a modern client may write there");
    like($ask->('files', 'TLSv1', 'GET', "$ACME/none")->{headers}{'content-type'} // '', qr/html/, "$mpm: no challenge of that name is httpd's own 404");
    my ($seen) = grep { $_->{url}{path} eq "$ACME/tok" && $_->{http}{response}{status_code} == 200 } $h->sightings;
    is($seen->{tlsgate}{enforced}, JSON::PP::false, "$mpm: a challenge is logged, as not enforced");
    my @served = grep { $_->{http}{response}{status_code} == 426 && !$_->{tlsgate}{enforced} } $h->sightings;
    is_deeply(\@served, [], "$mpm: and what was rejected after all as enforced");
    $h->finish_ok;
}

# --- a TlsGate line for challenges is one however its <Location> is written; one for more than
# challenges is none
my %LINES = (
    '<Location /.well-known/acme-challenge/>'                 => 426,
    '<Location /.well-known/acme-challenge>'                  => 426,
    '<Location "/.well-known/acme-*/*">'                       => 426,
    '<Location "/*/acme-challenge/*">'                        => 426,
    '<Location ~ "^/\.well-known/acme-challenge/">'           => 426,
    '<LocationMatch "^/\.well-known/acme-challenge/">'        => 426,
    '<LocationMatch "^/\.well-known/acme\-challenge/[\w-]+$">' => 426,
    '<LocationMatch "^/.well-known/(acme-challenge|pki-validation)/">' => 426,
    '<LocationMatch "acme">'                                  => 426,
    '<Location />'                                            => 200,
    '<Location /.well-known>'                                 => 200,
    '<Location /.well-known/>'                                => 200,
    '<Location "/*/">'                                        => 200,
    '<LocationMatch "^/">'                                    => 200,
    '<LocationMatch "^/\.well-known/">'                       => 200,
    '<LocationMatch "^/(?!api)">'                             => 200,
);
my $n = 0;
my @lines = map { [ 'line' . $n++, $_, $LINES{$_} ] } sort keys %LINES;
my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', conf => <<'CONF' . join '', map {
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
CONF
    my ($name, $section) = @$_;
    my ($end) = $section =~ /^<(\w+)/;
    "Listen 127.0.0.1:\@$name\@\n<VirtualHost *:\@$name\@>\nSSLEngine on\nTlsGate legacy\n$section\nTlsGate legacy\n</$end>\n</VirtualHost>\n"
} @lines);
mkdir $h->dir . "/htdocs/$_" for qw(.well-known .well-known/acme-challenge);
$h->write_file("htdocs$ACME/tok", "challenge\n");
$h->start;
for (@lines) {
    my ($name, $section, $expected) = @$_;
    is(ask(port => $h->port($name), tls => 'TLSv1', path => "$ACME/tok")->{status}, $expected, "TlsGate in $section: $expected");
}
$h->finish_ok;

attack($_) for is_long() ? mpms() : 'event';
done_testing;
