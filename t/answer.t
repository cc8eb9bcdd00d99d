# The answer to a rejected request: the status, the headers, and the body in three
# forms. One server, one vhost, a <Location> for each kind of schedule.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;
use TlsGate::Client qw(ask connect_to get json_of policy_of readable read_response);

my $h = TlsGate::Httpd->new(tolerates => [ qr/schedule \S+ (?:deprecates TLSv1\.\d but not|refuses every client)/ ], clock => '2018-07-10T09:30:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@plain@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:23Z
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateInfo      https://developer.example.com/tls?a=1&b=2
</TlsGateSchedule>
<TlsGateSchedule only10>
    TlsGateDeprecate TLSv1
</TlsGateSchedule>
<TlsGateSchedule tls12>
    TlsGateDeprecate TLSv1.2
</TlsGateSchedule>
<TlsGateSchedule unannounced12>
    TlsGateDeprecate TLSv1.2
    TlsGateAnnounce  2030-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule own>
    TlsGateDeprecate TLSv1
    TlsGateStatus    trial 503
    TlsGateStatus    cutoff 410
</TlsGateSchedule>
<TlsGateSchedule both>
    TlsGateDeprecate TLSv1
    TlsGateStatus    400
</TlsGateSchedule>
<TlsGateSchedule retired>
    TlsGateDeprecate any
    TlsGateStatus    410
</TlsGateSchedule>
<TlsGateSchedule anything>
    TlsGateDeprecate any
</TlsGateSchedule>
<TlsGateSchedule clear>
    TlsGateDeprecate cleartext
    TlsGateCutoff    2018-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule condition>
    TlsGateDeprecate "expr=%{HTTP_USER_AGENT} =~ /Java/"
    TlsGateCutoff    2018-01-01T00:00Z
    TlsGateStatus    426
</TlsGateSchedule>
<TlsGateSchedule past>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule two-windows>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
    TlsGateTrial     2018-07-10T10:00Z/2018-07-10T11:00Z
</TlsGateSchedule>
<TlsGateSchedule straight-to-cutoff>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
    TlsGateCutoff    2018-07-10T10:00Z
</TlsGateSchedule>
TlsGateAdvice "Java 7 & <older>: -Dhttps.protocols=\"TLSv1.2\"" ua=Java/1\.7
Header always set X-Always "of %{TLSGATE_PHASE}e"
Header set X-Served "yes"
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy
    <Location /check>
        SetHandler tlsgate-verify
    </Location>
    <Location /plan>
        SetHandler tlsgate-schedule
    </Location>
    <Location /cut>
        TlsGate legacy as=cutoff
    </Location>
    <Location /gone>
        TlsGate legacy as=refuse
    </Location>
    <Location /condition>
        TlsGate condition
    </Location>
    <Location /past>
        TlsGate past
    </Location>
    <Location /only10>
        TlsGate only10 as=cutoff
    </Location>
    <Location /to13>
        TlsGate legacy tls12 as=cutoff
    </Location>
    <Location /secret13>
        TlsGate legacy as=cutoff
        TlsGate unannounced12
    </Location>
    <Location /report13>
        TlsGate legacy as=cutoff
        TlsGate tls12 as=cutoff report-only
    </Location>
    <Location /own/trial>
        TlsGate own as=trial
    </Location>
    <Location /own/cutoff>
        TlsGate own as=cutoff
    </Location>
    <Location /both/trial>
        TlsGate both as=trial
    </Location>
    <Location /both/cutoff>
        TlsGate both as=cutoff
    </Location>
    <Location /retired>
        TlsGate retired as=cutoff
    </Location>
    <Location /anything>
        TlsGate anything as=cutoff
    </Location>
    <Location /windows>
        TlsGate two-windows
    </Location>
    <Location /straight>
        TlsGate straight-to-cutoff
    </Location>
</VirtualHost>
<VirtualHost *:@plain@>
    TlsGate clear
    <Location /ch%C3%A4ck>
        SetHandler tlsgate-verify
    </Location>
    <LocationMatch ^/plan$>
        SetHandler tlsgate-schedule
    </LocationMatch>
</VirtualHost>
CONF
$h->start;

my $NO10 = 'TLSv1 is no longer accepted';
my $GONE = 'This address has been retired';
# path, version, status, Upgrade (undef: none), what the status line says
for (
    ['/',            'TLSv1',   426, 'TLS/1.2', 'TLSv1 is not accepted during this trial: use TLSv1.2 or newer'],
    ['/',            'TLSv1.1', 426, 'TLS/1.2', 'TLSv1.1 is not accepted during this trial: use TLSv1.2 or newer'],
    ['/cut',         'TLSv1',   426, 'TLS/1.2', "$NO10: use TLSv1.2 or newer"],
    ['/gone',        'TLSv1',   426, 'TLS/1.2', "$NO10: use TLSv1.2 or newer"],
    ['/only10',      'TLSv1',   426, 'TLS/1.1', "$NO10: use TLSv1.1 or newer"],
    ['/to13',        'TLSv1',   426, 'TLS/1.3', "$NO10: use TLSv1.3 or newer"],
    ['/to13',        'TLSv1.2', 426, 'TLS/1.3', 'TLSv1.2 is no longer accepted: use TLSv1.3 or newer'],
    ['/secret13',    'TLSv1',   426, 'TLS/1.2', "$NO10: use TLSv1.2 or newer"],
    ['/report13',    'TLSv1',   426, 'TLS/1.2', "$NO10: use TLSv1.2 or newer"],
    ['/own/trial',   'TLSv1',   503, undef, 'TLSv1 is not accepted during this trial: use TLSv1.1 or newer'],
    ['/own/cutoff',  'TLSv1',   410, undef, "$NO10: use TLSv1.1 or newer"],
    ['/both/trial',  'TLSv1',   400, undef, 'TLSv1 is not accepted during this trial: use TLSv1.1 or newer'],
    ['/both/cutoff', 'TLSv1',   400, undef, "$NO10: use TLSv1.1 or newer"],
    ['/retired',     'TLSv1',   410, undef, $GONE],
    ['/retired',     'TLSv1.3', 410, undef, $GONE],
    ['/anything',    'TLSv1.3', 403, undef, $GONE],
) {
    my ($path, $tls, $status, $upgrade, $reason) = @$_;
    my $r = get($h->port, $tls, $path);
    is($r->{reason}, $reason, "$tls $path: $reason");
    is(ask(port => $h->port, tls => $tls, path => $path, method => 'HEAD')->{reason}, $reason, "$tls $path: and for HEAD");
    is($r->{status}, $status, "$tls $path: $status");
    is($r->{headers}{upgrade}, $upgrade, "$tls $path: Upgrade: " . ($upgrade // 'none'));
    is($r->{headers}{'cache-control'}, 'no-store', "$tls $path: not to be stored");
    is(json_of($r)->{status}, $status, "$tls $path: the body agrees");
}
my $plain = get($h->port('plain'), undef, '/');
is($plain->{status}, 403, 'cleartext: 403, since httpd cannot upgrade it');
is($plain->{headers}{upgrade}, undef, 'and no Upgrade');
is($plain->{reason}, 'Plain HTTP is no longer accepted: use https with TLSv1.2 or newer', 'and the status line says why');
is(json_of($plain)->{protocol}, 'cleartext', 'and the body says cleartext');
is(json_of($plain)->{minimum_protocol}, 'TLSv1.2', 'and what is needed');

# --- the headers ---
my $r = get($h->port, 'TLSv1', '/', 'User-Agent: Java/1.7.0_80');
is($r->{headers}{connection}, 'Upgrade, close', '426 says Connection: Upgrade, close');
like($r->{headers}{'retry-after'}, qr/^(?:31[0-9]{2})$/, 'a trial says when it is over');
is(get($h->port, 'TLSv1', '/cut')->{headers}{'retry-after'}, undef, 'a cutoff does not');
is(get($h->port, 'TLSv1', '/straight')->{headers}{'retry-after'}, undef,
    'nor does a trial that the cutoff follows');
cmp_ok(get($h->port, 'TLSv1', '/windows')->{headers}{'retry-after'} // 5400, '>', 1800,
    'no Retry-After leads into the window that follows directly');
is($r->{headers}{'x-always'}, 'of trial', '"Header always" applies, with our variables');
is($r->{headers}{'x-served'}, undef, '"Header" without always does not');
is($r->{headers}{$_}, undef, "no $_ header") for qw(deprecation sunset link etag last-modified);

# --- the connection ---
my $s = connect_to(port => $h->port, tls => 'TLSv1');
print $s "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx" x 3;
is(read_response($s)->{status}, 426, 'of three pipelined requests with a body only the first is answered');
is(read_response($s), undef, 'and the others are not');

# --- the three bodies ---
my %TYPE = (json => 'application/problem+json', html => 'text/html; charset=utf-8',
    text => 'text/plain; charset=utf-8');
for (
    [undef,                                                             'json'],
    ['*/*',                                                             'json'],
    ['',                                                                'json'],
    ['application/json',                                                'json'],
    ['application/problem+json',                                        'json'],
    ['application/*',                                                   'json'],
    ['image/png',                                                       'json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    ['text/html, application/xhtml+xml, image/jxr, */*',                'html'],
    ['text/html',                                                       'html'],
    ['TEXT/HTML',                                                       'html'],
    ['text/plain',                                                      'text'],
    ['text/plain;q=0.5, text/html;q=0.4',                               'text'],
    ['text/html;q=0.4, text/plain;q=0.5',                               'text'],
    ['text/html;q=0, */*',                                              'json'],
    ['text/html;q=0.000, text/plain;q=0.001',                           'text'],
    ['text/html;q=0.0000, */*',                                         'json'],
    ['text/html;q=0.3333, text/plain;q=0.5',                            'text'],
    ['text/html;q=0.5009, text/plain;q=0.501',                          'text'],
    # What RFC 9110 does not have as a weight says nothing: neither more than 1 nor nothing at all.
    (map { ["application/json, text/html;q=$_", 'json'] } qw(inf 0x1p9 1e3 1.001 7)),
    (map { ["application/json;q=0.9, text/html;q=$_", 'html'] } qw(nan -1 .5 x)),
    ['text/plain, */*;q=0.1',                                           'text'],
    ['application/json;q=0.1, text/html;level=1;q=0.9',                 'html'],
    ['text/plain ; q=1 , text/html ; q=0.2',                            'text'],
) {
    my ($accept, $type) = @$_;
    my $got = get($h->port, 'TLSv1', '/', defined $accept ? "Accept: $accept" : ());
    is($got->{headers}{'content-type'}, $TYPE{$type}, 'Accept: ' . ($accept // '(none)') . " gets $type");
}
my @ua = ('User-Agent: Java/1.7.0_80');
my $j = json_of(get($h->port, 'TLSv1', '/', @ua));
is_deeply([@$j{qw(type info)}], [('https://developer.example.com/tls?a=1&b=2') x 2], 'type and info link');
is_deeply([@$j{qw(status protocol minimum_protocol schedule phase until)}],
    [426, 'TLSv1', 'TLSv1.2', 'legacy', 'trial', '2018-07-10T10:23:00Z'], 'the members of the problem');
is($j->{title}, 'TLSv1 is not accepted during this trial', 'the title');
is($j->{advice}, 'Java 7 & <older>: -Dhttps.protocols="TLSv1.2"', 'the advice that matches');
like($j->{detail}, qr/over TLSv1\..*TLSv1\.2 or newer.*until 2018-07-10T10:23:00Z/, 'the detail');
$j = json_of(get($h->port, 'TLSv1', '/only10'));
is($j->{type}, 'about:blank', 'RFC 9457: about:blank without an info link');
is_deeply([map { exists $j->{$_} ? $_ : () } qw(info until advice)], [], 'unknown members are left out');
is_deeply([map { exists json_of($plain)->{$_} ? $_ : () } qw(cause)], [], 'cleartext: no hello, no cause');
unlike(json_of($plain)->{detail}, qr/Your (?:client|library)/, 'and no sentence about a client');
unlike($j->{detail}, qr/permanent/, 'as=cutoff is not permanent: its end is unknown');
like(json_of(get($h->port, 'TLSv1', '/past'))->{detail}, qr/Use TLSv1\.2 or newer\. This is permanent\./, 'a cutoff is');
like($j->{detail}, qr/^The request came over TLSv1\. Use TLSv1\.1 or newer\. Your library can do TLSv1\.3 but is configured not to: it offered TLSv1 at most\.$/,
    'the rest tells what the client can do');
is($j->{cause}, 'pinned', 'with the cause as one word');
my $c = get($h->port, 'TLSv1.2', '/condition', 'User-Agent: Java/1.7');
is("$c->{status} $c->{headers}{upgrade}", '426 TLS/1.2', 'a condition with 426: it names a version, as a 426 must');
ok(!exists json_of($c)->{minimum_protocol}, 'although no version helps');
is($c->{reason}, 'A connection like this one is no longer accepted', 'and a condition is no version');
$j = json_of(get($h->port, 'TLSv1.3', '/retired'));
ok(!exists $j->{minimum_protocol}, 'any: nothing helps');
ok(!exists $j->{cause}, 'and no cause in the client');
is_deeply([@$j{qw(protocol title detail)}], [undef, $GONE, 'Nothing is served at this address, whatever the version.'],
    'nor is its protocol');
for my $path (qw(/retired /anything)) {
    for my $accept (qw(text/html text/plain application/json)) {
        unlike(get($h->port, 'TLSv1.3', $path, "Accept: $accept")->{body}, qr/TLSv|Protocol used/, "any: no word of it on $path as $accept");
    }
}

my $html = get($h->port, 'TLSv1', '/', 'Accept: text/html', @ua)->{body};
like($html, qr/^<!DOCTYPE html>.*<html lang="en">.*<title>TLS 1\.0 is not accepted during this trial<\/title>.*<h1>.*<\/html>$/s, 'the page is a page');
unlike($html, qr/<script|<link|<img|<iframe|src=|\son\w+=|\@import|url\(/i, 'without scripts, and with nothing to load');
like($html, qr/Java 7 &amp; &lt;older&gt;: <span class="word">-Dhttps.protocols=&quot;TLSv1.2&quot;<\/span>/, 'the advice is escaped');
like($html, qr/href="https:\/\/developer\.example\.com\/tls\?a=1&amp;b=2"/, 'the link too');
my $text = get($h->port, 'TLSv1', '/', 'Accept: text/plain', @ua)->{body};
for my $fact ('TLSv1 is not accepted', 'TLSv1.2', 'trial', '2018-07-10T10:23:00Z', 'Java 7 & <older>',
    'Your library can do TLSv1.3 but is configured not to: it offered TLSv1 at most.',
    'https://developer.example.com/tls?a=1&b=2') {
    like($text, qr/\Q$fact/, "the text says $fact");
    my $spoken = $fact =~ /^(?:Java|http)/ ? $fact : $fact =~ s/TLSv1\.([23])/TLS 1.$1/gr =~ s/TLSv1\b/TLS 1.0/gr;
    like(readable($html), qr/\Q$spoken/, "the page says $spoken");
}
# The host, and where to go on.
my $at = 'https://localhost:' . $h->port;
$j = json_of(get($h->port, 'TLSv1', '/'));
is_deeply([@$j{qw(host test_page)}], ['localhost', "$at/check"], 'the host, and its test page');
like($text, qr{^Test your client: open this with it: \Q$at\E/check\nAll dates of this host: \Q$at\E/plan\nMore about this change: https://developer}m, 'the text leads on');
like($html, qr{<a href="\Q$at\E/check">Test your client: open this with it</a>.*<a href="\Q$at\E/plan">All dates of this host</a>}s, 'so does the page');
is($plain->{headers}{'content-security-policy'}, undef, 'JSON needs no policy');
is_deeply([map { json_of($plain)->{$_} } qw(host test_page)], ['localhost', 'http://localhost:' . $h->port('plain') . '/ch%25C3%25A4ck'], 'a path that needs escaping');
unlike(get($h->port('plain'), undef, '/', 'Accept: text/plain')->{body}, qr/All dates/, 'a page at a pattern has no address to name');
my $guarded = get($h->port, 'TLSv1', '/', 'Accept: text/html');
is($guarded->{headers}{'content-security-policy'}, policy_of($guarded->{body}), 'the page may load nothing');

# The verdict and the remedy first.
like(readable($html), qr/Rejected.*TLS 1\.0 is not accepted during this trial.*The request came over TLS 1\.0\. Use TLS 1\.2 or newer\..*What to do.*Java 7 & <older>.*When.*This trial ends 2018-07-10T10:23:00Z.*Rejected for good from 2018-08-07T08:40:00Z.*Technical details.*Protocol used TLS 1\.0 \(TLSv1\)/s,
    'verdict, remedy, dates, details');
like(readable(get($h->port, 'TLSv1', '/past', 'Accept: text/html')->{body}), qr/This is permanent\./, 'a cutoff is permanent on the page too');
like($html, qr{<time datetime="2018-08-07T08:40:00Z">Tue 7 Aug 2018, 08:40 UTC</time> <span class="far">\(in 28 days\)</span>}, 'a date as people write it');
my $head = ask(port => $h->port, tls => 'TLSv1', method => 'HEAD');
is($head->{headers}{'content-length'}, length(get($h->port, 'TLSv1', '/')->{body}), 'HEAD: the same length');
is($head->{headers}{upgrade}, 'TLS/1.2', 'and the same headers');

is(get($h->port, 'TLSv1.2', '/')->{status}, 200, 'a modern client is served');
$h->finish_ok;
done_testing;
