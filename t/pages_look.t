# What the pages look like in a browser: on a phone and a wide screen, in light and dark. Nothing is
# wider than the window or cut, nothing is loaded or blocked, and axe-core finds nothing to complain
# about, contrast and headings among them. With TLSGATE_PICTURES=DIRECTORY it leaves pictures there.
use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;

use TlsGate::Browser;
use TlsGate::Client qw(ask get);
use TlsGate::Httpd;

plan skip_all => 'no chromium-headless-shell or chromium is installed' unless TlsGate::Browser::program();
my $AXE = TlsGate::Browser::axe();

my $h = TlsGate::Httpd->new(clock => '2027-03-10T09:12:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@plain@
Listen 127.0.0.1:@retired@
<TlsGateSchedule legacy-tls>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2027-01-11T00:00Z
    TlsGateTrial     2027-02-09T09:00Z/2027-02-09T10:00Z
    TlsGateTrial     2027-03-10T09:00Z/PT23M
    TlsGateTrial     2027-04-14T09:00Z/PT10M every=PT1H until=2027-04-15T09:00Z share=25%
    TlsGateCutoff    2027-06-01T09:00Z
    TlsGateGrace     2027-06-01T15:25Z/2027-06-15T09:00Z
    TlsGateRefuse    2027-12-01T00:00Z
    TlsGateInfo      https://developer.example.com/documents/security/transport/retirement-of-tls-1.0-and-1.1?language=en
</TlsGateSchedule>
<TlsGateSchedule a-name-as-long-as-a-name-may-be-0123456789-0123456789-0123456789>
    TlsGateDeprecate kx=RSA kx=DHE cipher=3DES cipher=RC4
    TlsGateAnnounce  2027-01-11T00:00Z
    TlsGateCutoff    2028-06-01T09:00Z
</TlsGateSchedule>
<TlsGateSchedule retired>
    TlsGateDeprecate any
    TlsGateCutoff    2027-03-01T00:00Z
    TlsGateStatus    410
</TlsGateSchedule>
<TlsGateSchedule clear>
    TlsGateDeprecate cleartext
    TlsGateCutoff    2027-01-01T00:00Z
</TlsGateSchedule>
TlsGateAdvice "Java 7 has TLS 1.2 switched off: start it with -Dhttps.protocols=TLSv1.2 -Dhttps.cipherSuites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" ua=Java/1\.7
TlsGateIdentity header:X-Account
<Location /tlsverification>
    SetHandler tlsgate-verify
</Location>
<Location /deprecations>
    SetHandler tlsgate-schedule
</Location>
<Location /tlsgate-status>
    SetHandler tlsgate-status
    Require all granted
</Location>
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy-tls a-name-as-long-as-a-name-may-be-0123456789-0123456789-0123456789
    <Location /cutoff>
        TlsGate legacy-tls as=cutoff
    </Location>
</VirtualHost>
<VirtualHost *:@plain@>
    TlsGate clear
</VirtualHost>
<VirtualHost *:@retired@>
    SSLEngine on
    TlsGate retired
</VirtualHost>
CONF
$h->start;
$h->stop_clock('2027-03-10T09:12:00Z');

# Something to draw.
get($h->port, $_, '/') for ('TLSv1') x 2, ('TLSv1.2') x 3, ('TLSv1.3') x 9;
get($h->port, @$_) for ['TLSv1', '/', 'User-Agent: Java/1.7.0_80', 'X-Account: A-20'], ['TLSv1.1', '/', 'User-Agent: curl/7.29.0', "X-Account: \xd7\x90\xd7\x91 <script>alert(1)</script>"],
    ['TLSv1', '/', 'User-Agent: ' . 'x' x 300, 'X-Account: ' . 'w' x 200], map { ['TLSv1.1', '/', 'User-Agent: okhttp/2.7.5', "X-Account: partner-$_"] } 1 .. 60;
my @java = ('User-Agent: Java/1.7.0_80', 'X-Account: ' . 'A<b>&' x 30);
my @PAGES = (
    ['verify-deprecated', port => 'tls', tls => 'TLSv1', path => '/tlsverification', headers => \@java],
    ['verify-ready',      port => 'tls', tls => 'TLSv1.3', path => '/tlsverification'],
    ['verify-cleartext',  port => 'plain', path => '/tlsverification'],
    ['schedule',          port => 'tls', tls => 'TLSv1.3', path => '/deprecations'],
    ['status',            port => 'tls', tls => 'TLSv1.3', path => '/tlsgate-status'],
    ['status-who',        port => 'tls', tls => 'TLSv1.3', path => '/tlsgate-status?only=would-break&sort=requests&client=A&page=0'],
    ['rejected-trial',    port => 'tls', tls => 'TLSv1', path => '/', headers => \@java],
    ['rejected-cutoff',   port => 'tls', tls => 'TLSv1.1', path => '/cutoff'],
    ['rejected-retired',  port => 'retired', tls => 'TLSv1.3', path => '/'],
);

# What is wider than the window, or than the element around it that is as wide as the text.
my $TOO_WIDE = <<'JS';
[...document.querySelectorAll('body *')].filter(e => !e.closest('svg') && e.getBoundingClientRect().right >
    Math.min(innerWidth, document.querySelector('main').getBoundingClientRect().right) + 0.5).map(e => e.outerHTML.slice(0, 120)).join('\n')
JS
# A time is on one line.
my $BROKEN = q{[...document.querySelectorAll('time')].filter(e => e.getClientRects().length > 1).map(e => e.outerHTML).join('\n')};
my $BACKGROUND = q{getComputedStyle(document.body).backgroundColor};
my %BACKGROUNDS = (light => 'rgb(255, 255, 255)', dark => 'rgb(17, 22, 29)');
my $AXE_RUN = q{axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    .then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html + ' ' + n.failureSummary).join(' | ')).join('\n'))};

# What to do is as dark as the text around it, and unlike the facts beside it.
my $ADVICE = q{[...document.querySelectorAll('.advised')].map(e => getComputedStyle(e).color)
    .filter(c => c !== getComputedStyle(document.body).color || c === getComputedStyle(document.querySelector('.detail')).color).join(' ')};
# A trial that a guard holds: no page here has one, so a row is made to look like it.
my $HOLD = q{[...document.querySelectorAll('.past')].forEach(e => { e.className = 'off'; e.lastChild.insertAdjacentHTML('beforeend', '<span class="more">Held</span>') }); document.querySelectorAll('.off').length};

my $browser = TlsGate::Browser->new;
for my $row (@PAGES) {
    my ($name, %o) = @$row;
    my $r = ask(%o, port => $h->port($o{port}), headers => [ @{ $o{headers} || [] }, 'Accept: text/html' ]);
    like($r->{headers}{'content-type'}, qr{^text/html}, "$name: a page");
    for my $width (390, 1280) {
        for my $scheme (qw(light dark)) {
            my $look = "$name, $width, $scheme";
            $browser->show($r, width => $width, scheme => $scheme);
            is($browser->evaluate($BACKGROUND), $BACKGROUNDS{$scheme}, "$look: its colours");
            # Also what is folded away.
            $browser->picture("$ENV{TLSGATE_PICTURES}/$name-$width-$scheme.png") if $ENV{TLSGATE_PICTURES};
            $browser->evaluate(q{document.querySelectorAll('details').forEach(e => { e.open = true })});
            is($browser->evaluate($TOO_WIDE), '', "$look: nothing is too wide");
            is($browser->evaluate($BROKEN), '', "$look: no date is broken");
            is_deeply([ $browser->complaints ], [], "$look: nothing was loaded or blocked");
            if ($name =~ /^status/) {
                cmp_ok($browser->evaluate(q{document.querySelectorAll('.list .advised').length}), '>', 0, "$look: there is advice");
                is($browser->evaluate($ADVICE), '', "$look: ... which stands out");
            }
            cmp_ok($browser->evaluate($HOLD), '>', 0, "$look: rows that are off, too") if $name eq 'schedule';
          SKIP: {
                skip 'axe-core is not installed', 1 unless $AXE;
                $browser->evaluate("$AXE; 0");
                is($browser->evaluate($AXE_RUN), '', "$look: axe-core finds nothing");
            }
        }
    }
}

# --- a browser that would load something says so, and so does axe-core: the checks see what they are for
my $bad = { status => 200, headers => { 'content-type' => 'text/html', 'content-security-policy' => q{default-src 'none'} },
    body => '<html><body><main><p style="width:2000px">wide</p><time style="color:#eee">x</time><img src="/x.png"><script>1</script></main></body></html>' };
$browser->show($bad, width => 390, scheme => 'light');
isnt($browser->evaluate(q{innerWidth < 0 ? '' : document.querySelector('main').innerHTML}), '', 'a bad page is shown');
like(join(' ', $browser->complaints), qr/Content Security Policy.*style|style.*Content Security Policy/s, 'a page against its policy is noticed');
SKIP: {
    skip 'axe-core is not installed', 1 unless $AXE;
    $browser->evaluate("$AXE; 0");
    like($browser->evaluate($AXE_RUN), qr/document-title.*html-has-lang|html-has-lang.*document-title/s, 'axe-core notices a page without a language and a title');
}
$browser->show({ %$bad, headers => { 'content-type' => 'text/html' } }, width => 390, scheme => 'light');
like($browser->evaluate($TOO_WIDE =~ s/document\.querySelector\('main'\)/document.documentElement/r), qr/^<main>|^<p style/, 'what is too wide is noticed');
$h->finish_ok;
done_testing;
