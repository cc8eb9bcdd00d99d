# The headers of deprecated requests that are still served: Deprecation (RFC 9745),
# Sunset (RFC 8594) and Link, by schedule, and on every kind of answer.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;
use TlsGate::Client qw(ask get);

my $h = TlsGate::Httpd->new(clock => '2018-07-01T00:00:00Z', modules => [qw(cgid include proxy proxy_http)],
    conf => <<'CONF');
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@back@
ScriptSock cgisock
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:23Z
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateInfo      https://developer.example.com/tls
</TlsGateSchedule>
# Announced earlier, ended later, and with a grace window to the end.
<TlsGateSchedule other>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-05-01T00:00Z
    TlsGateCutoff    2018-09-01T00:00Z
    TlsGateGrace     2018-09-02T00:00Z/2018-10-01T00:00Z
    TlsGateInfo      https://example.com/other
</TlsGateSchedule>
<TlsGateSchedule undated>
    TlsGateDeprecate TLSv1
    TlsGateInfo      https://example.com/undated
</TlsGateSchedule>
<TlsGateSchedule no-cutoff>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-06-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule no-announce>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
<TlsGateSchedule refused>
    TlsGateDeprecate TLSv1
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule secret>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-07-02T00:00Z
    TlsGateCutoff    2018-07-03T00:00Z
    TlsGateInfo      https://example.com/secret
</TlsGateSchedule>
<VirtualHost *:@tls@>
    SSLEngine on
    DirectoryIndex index.html
    TlsGate legacy
    <Location /two>
        TlsGate legacy other
    </Location>
    <Location /grace>
        TlsGate other
    </Location>
    <Location /undated>
        TlsGate undated
    </Location>
    <Location /no-cutoff>
        TlsGate no-cutoff
    </Location>
    <Location /no-announce>
        TlsGate no-announce
    </Location>
    <Location /refused>
        TlsGate refused
    </Location>
    <Location /secret>
        TlsGate secret
    </Location>
    <Location /legacy-and-secret>
        TlsGate legacy secret
    </Location>
    <Location /report-only>
        TlsGate legacy report-only
    </Location>
    <Location /observe>
        TlsGate legacy as=observe
    </Location>
    <Location /off>
        TlsGate off
    </Location>
    Redirect 500 /broken
    Redirect 302 /moved /elsewhere
    Redirect 404 /missing-with-page
    <Location /missing-with-page>
        ErrorDocument 404 /index.html
    </Location>
    <Location /earlier>
        Header set Deprecation "@1400000000"
        Header set Sunset "Sun, 01 Jul 2018 12:00:00 GMT"
        Header set Link "<https://example.com/mine>; rel=\"deprecation\""
    </Location>
    <Location /later>
        Header set Deprecation "@1600000000"
        Header set Sunset "Sat, 01 Jan 2028 00:00:00 GMT"
    </Location>
    <Location /always>
        Header always set Deprecation "@1400000000"
        Header always set Sunset "Sat, 01 Jan 2028 00:00:00 GMT"
    </Location>
    <Location /beginning>
        Header set Deprecation "@1400000000"
        Header set Sunset "Thu, 01 Jan 1970 00:00:00 GMT"
    </Location>
    <Location /joined>
        Header set Sunset "Sat, 01 Jan 2028 00:00:00 GMT"
        Header merge Sunset "Sun, 01 Jul 2018 12:00:00 GMT"
    </Location>
    <Location /joined-later>
        Header set Sunset "Sat, 01 Jan 2028 00:00:00 GMT, soon, Sun, 02 Jan 2028 00:00:00 GMT"
    </Location>
    <Location /nonsense>
        Header set Deprecation "true"
        Header set Sunset "soon"
    </Location>
    <Location /own>
        Header set Deprecation "expr=%{unescape:%{QUERY_STRING}}"
    </Location>
    <Location /always-own>
        Header always set Deprecation "expr=%{unescape:%{QUERY_STRING}}"
    </Location>
    <Location /twice>
        Header add Deprecation "@1600000000"
        Header add Deprecation "@1400000000"
        Header always set Deprecation "true"
    </Location>
    ScriptAlias /cgi/ $DIR/cgi/
    <Directory $DIR/cgi>
        Require all granted
    </Directory>
    ProxyPass /proxied http://127.0.0.1:@back@/
</VirtualHost>
<VirtualHost *:@back@>
    TlsGate off
    Header set Deprecation "@1400000000"
    Header set Sunset "Sat, 01 Jan 2028 00:00:00 GMT"
</VirtualHost>
CONF
mkdir $h->dir . '/cgi';
for my $app (['earlier', '@1400000000', 'Sun, 01 Jul 2018 12:00:00 GMT'],
    ['later', '@1600000000', 'Sat, 01 Jan 2028 00:00:00 GMT']) {
    $h->write_file("cgi/$app->[0]", "#!/bin/sh\nprintf 'Content-Type: text/plain\\nDeprecation: $app->[1]\\n"
        . "Sunset: $app->[2]\\n\\nfrom a program\\n'\n");
}
$h->write_file('cgi/fails', "#!/bin/sh\nprintf 'Status: 500 Failed\\nContent-Type: text/plain\\n\\nfailed\\n'\n");
$h->write_file('cgi/local', "#!/bin/sh\nprintf 'Location: /index.html\\n\\n'\n");
$h->write_file("htdocs/$_", "a file\n") for qw(earlier later always beginning joined joined-later nonsense own always-own twice);
chmod 0755, map { $h->dir . "/cgi/$_" } qw(earlier later fails local);
$h->start;

sub link_of { my ($url) = @_; return map { qq(<$url>; rel="$_"; type="text/html") } qw(deprecation sunset) }
sub links { my ($r) = @_; return [map { /^Link:\s*(.*)/i ? $1 : () } @{ $r->{lines} }] }
my $LEGACY = TlsGate::Httpd::epoch('2018-06-01T00:00Z');
my @LINKS = link_of('https://developer.example.com/tls');
my $CUTOFF = 'Tue, 07 Aug 2018 08:40:00 GMT';

# case, path, version, Deprecation, Sunset, links: by schedule
for (
    ['one schedule',                     '/',            'TLSv1',   "\@$LEGACY", $CUTOFF, @LINKS],
    ['the other trait',                  '/',            'TLSv1.1', "\@$LEGACY", $CUTOFF, @LINKS],
    ['a modern client',                  '/',            'TLSv1.2', undef, undef],
    ['a modern client',                  '/',            'TLSv1.3', undef, undef],
    ['the earliest of two',              '/two',         'TLSv1',   '@1525132800', $CUTOFF,
        @LINKS, link_of('https://example.com/other')],
    ['one of two concerns TLSv1.1',      '/two',         'TLSv1.1', "\@$LEGACY", $CUTOFF, @LINKS],
    ['for good: after grace',            '/grace',       'TLSv1',   '@1525132800',
        'Mon, 01 Oct 2018 00:00:00 GMT', link_of('https://example.com/other')],
    ['no dates at all: links only',      '/undated',     'TLSv1',   undef, undef, link_of('https://example.com/undated')],
    ['no cutoff: no Sunset',             '/no-cutoff',   'TLSv1',   "\@$LEGACY", undef],
    ['no Announce: no Deprecation',      '/no-announce', 'TLSv1',   undef, $CUTOFF],
    ['Refuse alone is the end',          '/refused',     'TLSv1',   undef, 'Thu, 01 Nov 2018 00:00:00 GMT'],
    ['not announced yet',                '/secret',      'TLSv1',   undef, undef],
    ['beside one that is not announced', '/legacy-and-secret', 'TLSv1', "\@$LEGACY", $CUTOFF, @LINKS],
    ['report-only: no headers',          '/report-only', 'TLSv1',   undef, undef],
    ['as=observe: no headers',           '/observe',     'TLSv1',   undef, undef],
    ['off: no headers',                  '/off',         'TLSv1',   undef, undef],
) {
    my ($what, $path, $tls, $deprecation, $sunset, @links) = @$_;
    my $r = get($h->port, $tls, $path);
    is($r->{headers}{deprecation}, $deprecation, "$what ($tls $path): Deprecation");
    is($r->{headers}{sunset}, $sunset, "$what ($tls $path): Sunset");
    is_deeply(links($r), \@links, "$what ($tls $path): Link");
}

# path, status: the same headers on every kind of answer
for (
    ['/',                  200, 'a file, and an internal redirect to it'],
    ['/index.html',        200, 'a file'],
    ['/none',              404, 'an error'],
    ['/missing-with-page', 404, 'an error with a local ErrorDocument'],
    ['/broken',            500, 'a server error'],
    ['/cgi/fails',         500, 'an error that a program reports'],
    ['/cgi/local',         200, 'a redirect that a program makes inside the server'],
    ['/moved',             302, 'a redirect'],
) {
    my ($path, $status, $what) = @$_;
    my $r = get($h->port, 'TLSv1', $path);
    is($r->{status}, $status, "$what: $status");
    is_deeply([@{ $r->{headers} }{qw(deprecation sunset)}, links($r)], ["\@$LEGACY", $CUTOFF, \@LINKS],
        "$what ($path): told, and once");
}
my $etag = get($h->port, 'TLSv1', '/index.html')->{headers}{etag};
my $r = get($h->port, 'TLSv1', '/index.html', "If-None-Match: $etag");
is($r->{status}, 304, 'not modified: 304');
is_deeply([@{ $r->{headers} }{qw(deprecation sunset)}], ["\@$LEGACY", $CUTOFF], 'not modified: told');
$r = ask(port => $h->port, tls => 'TLSv1', method => 'HEAD');
is($r->{headers}{deprecation}, "\@$LEGACY", 'HEAD: told');
$r = ask(port => $h->port, tls => 'TLSv1', version => '1.0');
is($r->{headers}{deprecation}, "\@$LEGACY", 'HTTP/1.0: told');
$r = get($h->port, 'TLSv1', '/index.html', 'Range: bytes=0-3');
is_deeply([$r->{status}, $r->{headers}{deprecation}], [206, "\@$LEGACY"], 'a part of a file: the headers');

# path, Deprecation, Sunset: the application sets its own; the earlier date is sent, once
for (
    ['/earlier',     '@1400000000', 'Sun, 01 Jul 2018 12:00:00 GMT'],
    ['/later',       "\@$LEGACY",   $CUTOFF],
    ['/always',      '@1400000000', $CUTOFF],
    ['/nonsense',    "\@$LEGACY",   $CUTOFF],
    ['/beginning',   '@1400000000', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ['/joined',      "\@$LEGACY",   'Sat, 01 Jan 2028 00:00:00 GMT, Sun, 01 Jul 2018 12:00:00 GMT'],
    ['/joined-later', "\@$LEGACY",  $CUTOFF],
    ['/cgi/earlier', '@1400000000', 'Sun, 01 Jul 2018 12:00:00 GMT'],
    ['/cgi/later',   "\@$LEGACY",   $CUTOFF],
    ['/proxied',     '@1400000000', $CUTOFF],
) {
    my ($path, $deprecation, $sunset) = @$_;
    $r = get($h->port, 'TLSv1', $path);
    is($r->{headers}{deprecation}, $deprecation, "$path: the earlier Deprecation, once");
    is($r->{headers}{sunset}, $sunset, "$path: the earlier Sunset, once");
}

# Deprecation of the application: by RFC 9745, by its drafts, or neither; which of the two is sent
my ($MINE, $OURS) = ('mine', 'ours');
for (
    ['@1400000000',                   $MINE, 'earlier'],
    ["\@$LEGACY",                     $OURS, 'the same'],
    ['@' . ($LEGACY - 1),             $MINE, 'a second earlier'],
    ['@' . ($LEGACY + 1),             $OURS, 'a second later'],
    ['@0',                            $MINE, 'the beginning of time'],
    ['@-1',                           $MINE, 'before that'],
    ['@1400000000;by=x',              $MINE, 'earlier, with a parameter'],
    ['@1400000000 ;by=x',             $MINE, 'earlier, with a parameter after a space'],
    ['@1600000000;by=x',              $OURS, 'later, with a parameter'],
    ['Thu, 01 Jan 2015 00:00:00 GMT', $MINE, 'of the drafts, earlier'],
    ['Thu, 31 May 2018 23:59:59 GMT', $MINE, 'of the drafts, a second earlier'],
    ['Fri, 01 Jun 2018 00:00:00 GMT', $MINE, 'of the drafts, the same'],
    ['Thu, 01 Jan 2026 00:00:00 GMT', $OURS, 'of the drafts, later'],
    ['true',                          $OURS, 'of the drafts, without a date'],
    ['?1',                            $OURS, 'no date: a boolean'],
    ['1400000000',                    $OURS, 'no date: a number'],
    ['@',                             $OURS, 'no digits'],
    ['@x',                            $OURS, 'a letter'],
    ['@-',                            $OURS, 'a sign alone'],
    ['@+1400000000',                  $OURS, 'a sign that may not be there'],
    ['@1400000000x',                  $OURS, 'a letter after the digits'],
    ['@1400000000.5',                 $OURS, 'a fraction'],
    ['@0x10',                         $OURS, 'not decimal'],
    ['@ 1400000000',                  $OURS, 'a space before the digits'],
    ['@99999999999999999999999',      $OURS, 'more than a number holds'],
    ['@-99999999999999999999999',     $OURS, 'less than a number holds'],
    ['soon',                          $OURS, 'a word'],
) {
    my ($value, $which, $what) = @$_;
    my $query = $value =~ s/([^A-Za-z0-9])/sprintf('%%%02X', ord $1)/ger;
    for my $path ('/own', '/always-own') {
        is(get($h->port, 'TLSv1', "$path?$query")->{headers}{deprecation}, $which eq $MINE ? $value : "\@$LEGACY",
            "$path, Deprecation: $value ($what): $which");
    }
    is(get($h->port, 'TLSv1.2', "/own?$query")->{headers}{deprecation}, $value, "Deprecation: $value, modern: untouched");
}
like(get($h->port, 'TLSv1', '/twice')->{headers}{deprecation}, qr/\@1400000000/, 'of several the earliest counts');
is_deeply(links(get($h->port, 'TLSv1', '/earlier')), ['<https://example.com/mine>; rel="deprecation"', @LINKS],
    'its own Link is kept');
is(get($h->port, 'TLSv1.2', '/earlier')->{headers}{deprecation}, '@1400000000',
    'a modern client gets the headers of the application');

# the same answers in a trial: rejected requests get none of these headers
$h->set_clock('2018-07-10T09:00:00Z');
$r = get($h->port, 'TLSv1', '/');
is_deeply([$r->{status}, @{ $r->{headers} }{qw(deprecation sunset link)}], [426, undef, undef, undef],
    'a rejected request has no such headers');
$r = get($h->port, 'TLSv1', '/secret');
is($r->{headers}{sunset}, undef, 'after its cutoff a schedule sends no Sunset');
$h->finish_ok;
done_testing;
