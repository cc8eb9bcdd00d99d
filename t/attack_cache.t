# A cache beside rewrites, servlet paths, stale entries and error documents: what it has stored for modern
# clients reaches no client that the gate rejects, and no answer of it has another status than it should.
use strict;
use warnings;
use lib 't/lib';

use Test::More;

use TlsGate::Client qw(ask);
use TlsGate::Httpd;

my $MAPPED = "ProxyPass /pub/ http://127.0.0.1:\@backend\@/pub/ mapping=servlet\nProxyPass /api/ http://127.0.0.1:\@backend\@/api/ mapping=servlet";
my $REWRITE = "RewriteEngine on\nRewriteRule ^/pub/(\\w+)\$ /api/\$1 [PT]";
my $PROXY = "ProxyPass /api/ http://127.0.0.1:\@backend\@/api/";
# name => what its host has; all have a cache for every path
my %HOSTS = (
    rewritten => "TlsGate legacy\n<Location /pub>\nTlsGate off\n</Location>\n$REWRITE\n$PROXY",
    program   => "TlsGate legacy\n<Location /pub>\nTlsGate off\n</Location>\n$REWRITE\nScriptAlias /api/ \$DIR/cgi/",
    within    => "<Location /api>\nTlsGate legacy\n</Location>\n$REWRITE\n$PROXY",
    report    => "TlsGate legacy report-only\n<Location /api>\nTlsGate legacy\n</Location>\n$REWRITE\n$PROXY",
    servlet   => "TlsGate legacy\n<Location /pub>\nTlsGate off\n</Location>\n$MAPPED",
    stale     => "<Location /api>\nTlsGate unavailable\n</Location>\n$REWRITE\n$PROXY",
    served    => "TlsGate legacy report-only\n$REWRITE\n$PROXY",
);
# The same for error documents, in both modes of the cache
my %ERRORS = (
    acme     => "TlsGate legacy\nErrorDocument 404 /doc/e",
    rejected => "TlsGate legacy\nErrorDocument 426 /doc/e",
    warned   => "TlsGate announced\nErrorDocument 404 /doc/e",
);
sub host { my ($name, $quick, $conf) = @_; return "Listen 127.0.0.1:\@$name$quick\@\n<VirtualHost *:\@$name$quick\@>\nSSLEngine on\nServerName $name.example.com\n"
    . "CacheEnable disk /\nCacheQuickHandler $quick\nScriptAlias /doc/ \$DIR/cgi/\n$conf\n</VirtualHost>\n" }
my $hosts = join '', map { my $quick = $_; (map { host($_, $quick, $HOSTS{$_}) } sort keys %HOSTS), map { host($_, $quick, $ERRORS{$_}) } sort keys %ERRORS } qw(On Off);

my $h = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', modules => [qw(cache cache_disk proxy proxy_http cgid)], conf => <<"CONF");
Listen 127.0.0.1:\@backend\@
ScriptSock cgisock
CacheRoot \$DIR/cache
CacheHeader on
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule unavailable>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
    TlsGateStatus    503
</TlsGateSchedule>
<TlsGateSchedule announced>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateCutoff    2028-08-01T00:00Z
    TlsGateInfo      https://example.com/tls
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:\@backend\@>
    TlsGate off
    Header set Cache-Control "max-age=100"
</VirtualHost>
$hosts
CONF
mkdir $h->dir . "/$_" for qw(cgi htdocs/api htdocs/pub);
for (qw(c e)) {
    $h->write_file("cgi/$_", "#!/bin/sh\nprintf 'Content-Type: text/plain\\nCache-Control: max-age=100\\n\\napplication\\n'\n");
    chmod 0755, $h->dir . "/cgi/$_";
}
$h->write_file("htdocs/$_", "application\n") for qw(api/c pub/c);
$h->start;

sub of_host {
    my ($tls, $host, $path) = @_;
    my $r = ask(port => $h->port($host), tls => $tls, host => $host =~ s/O.*//r . '.example.com', path => $path);
    return ($r->{status} . ($r->{body} =~ /^application$/m ? ' application' : ''), $r, ($r->{headers}{'x-cache'} // '') =~ /^HIT/ ? 1 : 0);
}
sub brief { return (of_host(@_))[0] }

# host, path, what a legacy client gets before and after a modern one had it stored
my @TABLE = (
    [ 'rewritten', '/pub/c',       '426', 'a rewrite leads out of an open scope' ],
    [ 'program',   '/pub/c',       '426', 'to a program' ],
    [ 'within',    '/pub/c',       '426', 'a rewrite leads into the one scope with a schedule' ],
    [ 'report',    '/pub/c',       '426', 'a rewrite leads out of report-only' ],
    [ 'servlet',   '/pub/..;/api/c', '426', 'a path of servlets leads out of an open scope' ],
    [ 'stale',     '/pub/c',       '503', 'an error of the server' ],
    [ 'served',    '/pub/c',       '200 application', 'nothing there rejects' ],
);
for my $quick (qw(On Off)) {
    for (@TABLE) {
        my ($host, $path, $expected, $what) = @$_;
        is(brief('TLSv1', "$host$quick", $path), $expected, "quick $quick, $what");
        is(brief('TLSv1.2', "$host$quick", $path), '200 application', "quick $quick, $what: a modern client") for 1, 2;
        my (undef, undef, $hit) = of_host('TLSv1.2', "$host$quick", $path);
        is($hit, 1, "quick $quick, $what: is served from the cache");
        is(brief('TLSv1', "$host$quick", $path), $expected, "quick $quick, $what: a legacy client is not");
    }
    is((of_host('TLSv1', "served$quick", '/pub/c'))[2], 1, "quick $quick: where nothing rejects a legacy client is served from the cache too");
}
$h->set_clock('2018-09-01T00:10:00Z');
for my $quick (qw(On Off)) {
    is(brief('TLSv1', "$_->[0]$quick", $_->[1]), $_->[2], "quick $quick, $_->[3]: nor when it is stale") for grep { $_->[0] ne 'served' } @TABLE;
}

# --- error documents
for my $quick (qw(On Off)) {
    is(brief('TLSv1.2', "$_$quick", '/doc/e'), '200 application', "quick $quick, $_: the error document is stored") for (sort keys %ERRORS) x 2;
    is((of_host('TLSv1.2', "$_$quick", '/doc/e'))[2], 1, "quick $quick, $_: in the cache") for sort keys %ERRORS;
    is(brief('TLSv1', "acme$quick", '/.well-known/acme-challenge/none'), '404', "quick $quick: that of a challenge is no program's");
    is(brief('TLSv1', "rejected$quick", '/x'), '426 application', "quick $quick: that of a rejection keeps the status");
    is((of_host('TLSv1', "rejected$quick", '/x'))[2], 0, "quick $quick: and is not from the cache");
    my (undef, $r) = of_host('TLSv1', "warned$quick", '/none');
    is_deeply([ @{ $r->{headers} }{qw(deprecation sunset)} ], [ '@1527811200', 'Tue, 01 Aug 2028 00:00:00 GMT' ], "quick $quick: that of a served request has the headers");
}

# --- a path that cannot be decoded is rejected by nobody
is(brief('TLSv1', 'rejectedOn', '/a%00'), '404', 'a path that cannot be decoded');
$h->finish_ok;
for my $path ('/a%00', "/.well-known/acme-challenge/none") {
    my @lines = map { join ' ', $_->{http}{response}{status_code}, $_->{tlsgate}{verdict}, $_->{tlsgate}{enforced} ? 1 : 0 }
        grep { $_->{url}{path} eq $path } $h->sightings;
    is_deeply([ sort { $a cmp $b } keys %{ { map { ($_ => 1) } @lines } } ], ['404 reject 0'], "$path: its line has the status that was sent, and that it was not rejected");
}

# --- a <Location> of the main server, which each vhost has
my $main = TlsGate::Httpd->new(clock => '2018-09-01T00:00:00Z', modules => [qw(cache cache_disk)], conf => <<'CONF');
Listen 127.0.0.1:@tls@
CacheRoot $DIR/cache
CacheHeader on
Header set Cache-Control "max-age=100"
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<Location /main>
    TlsGate legacy
</Location>
<VirtualHost *:@tls@>
    SSLEngine on
    CacheEnable disk /
    RewriteEngine on
    RewriteRule ^/pub/(\w+)$ /main/$1 [PT]
</VirtualHost>
CONF
mkdir $main->dir . '/htdocs/main';
$main->write_file('htdocs/main/c', "application\n");
$main->start;
my @got = map { my $r = ask(port => $main->port, tls => $_, path => '/pub/c'); $r->{status} . (($r->{headers}{'x-cache'} // '') =~ /^HIT/ ? ' from the cache' : '') }
    qw(TLSv1 TLSv1.2 TLSv1.2 TLSv1);
is_deeply(\@got, ['426', '200', '200 from the cache', '426'], 'a rewrite leads into a <Location> of the main server');
$main->finish_ok;
done_testing;
