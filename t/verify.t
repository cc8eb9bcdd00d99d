# tlsgate-verify: its answers to a caller about the connection, before and after
# every date.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use JSON::PP;
use TlsGate::Httpd;
use TlsGate::Client qw(ask connect_to get json_of policy_of readable);
use TlsGate::Hello qw(catch_hello listener understood);
use TlsGate::Stacks qw(hello_of stacks);

my $check = "<Location /check>\nSetHandler tlsgate-verify\n</Location>\n";
my $h = TlsGate::Httpd->new(clock => '2018-05-31T23:59:59Z', conf => <<"CONF");
Listen 127.0.0.1:\@tls\@
Listen 127.0.0.1:\@location\@
Listen 127.0.0.1:\@none\@
Listen 127.0.0.1:\@shared\@
Listen 127.0.0.1:\@kx\@
Listen 127.0.0.1:\@plain\@
Listen 127.0.0.1:\@gated\@
KeepAliveTimeout 20000000
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:23Z
    TlsGateTrial     2018-07-20T09:00Z/2018-07-20T10:00Z
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateGrace     2018-08-07T15:25Z/2018-08-21T09:00Z
    TlsGateRefuse    2018-11-01T00:00Z
    TlsGateInfo      https://example.com/tls
</TlsGateSchedule>
# It must stay secret before 2030.
<TlsGateSchedule secret12>
    TlsGateDeprecate TLSv1 TLSv1.1 TLSv1.2
    TlsGateAnnounce  2030-01-01T00:00Z
    TlsGateTrial     2030-02-01T00:00Z/2030-02-02T00:00Z
    TlsGateCutoff    2031-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule rsa>
    TlsGateDeprecate kx=RSA
</TlsGateSchedule>
<TlsGateSchedule clear>
    TlsGateDeprecate cleartext
    TlsGateCutoff    2018-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule sample>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-07-05T00:00Z/2018-07-06T00:00Z share=1%
    TlsGateTrial     2018-07-07T00:00Z/2018-07-08T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
TlsGateIdentity header:X-Account
TlsGateAdvice "Java 7: <switch it on>" ua=Java/1\\.7
TlsGateAdvice "upgrade" protocol=TLSv1
<VirtualHost *:\@tls\@>
    SSLEngine on
    TlsGate legacy secret12
    $check
    <Location /plan>
        SetHandler tlsgate-schedule
    </Location>
    <Location /gone>
        TlsGate legacy as=cutoff report-only
        SetHandler tlsgate-verify
    </Location>
</VirtualHost>
<VirtualHost *:\@location\@>
    SSLEngine on
    <Location /api>
        TlsGate legacy
    </Location>
    $check
</VirtualHost>
<VirtualHost *:\@none\@>
    SSLEngine on
    $check
</VirtualHost>
<VirtualHost *:\@shared\@>
    SSLEngine on
    TlsGate sample
    $check
</VirtualHost>
<VirtualHost *:\@kx\@>
    SSLEngine on
    TlsGate rsa
    $check
</VirtualHost>
<VirtualHost *:\@plain\@>
    TlsGate clear
    $check
</VirtualHost>
<VirtualHost *:\@gated\@>
    SSLEngine on
    <Location /check>
        SetHandler tlsgate-verify
        TlsGate legacy
    </Location>
</VirtualHost>
CONF
$h->start;
my @TRIAL1 = ('2018-07-10T09:00:00Z', '2018-07-10T10:23:00Z');
my @TRIAL2 = ('2018-07-20T09:00:00Z', '2018-07-20T10:00:00Z');
my $GOOD = '2018-08-21T09:00:00Z';

# instant, version, status, phase, rejected_for_good, next_trial
for (
    ['2018-05-31T23:59:59Z', 'TLSv1',   200, undef,       undef, undef],
    ['2018-06-01T00:00:00Z', 'TLSv1',   400, 'announced', $GOOD, \@TRIAL1],
    ['2018-06-01T00:00:00Z', 'TLSv1.1', 400, 'announced', $GOOD, \@TRIAL1],
    ['2018-06-01T00:00:00Z', 'TLSv1.2', 200, undef,       undef, undef],
    ['2018-06-01T00:00:00Z', 'TLSv1.3', 200, undef,       undef, undef],
    ['2018-07-10T09:00:00Z', 'TLSv1',   400, 'trial',     $GOOD, \@TRIAL1],
    ['2018-07-10T10:23:00Z', 'TLSv1',   400, 'announced', $GOOD, \@TRIAL2],
    ['2018-07-20T10:00:00Z', 'TLSv1',   400, 'announced', $GOOD, undef],
    ['2018-08-07T08:40:00Z', 'TLSv1',   400, 'cutoff',    $GOOD, undef],
    ['2018-08-07T15:25:00Z', 'TLSv1',   400, 'grace',     $GOOD, undef],
    ['2018-08-21T09:00:00Z', 'TLSv1',   400, 'cutoff',    $GOOD, undef],
    ['2018-11-01T00:00:00Z', 'TLSv1',   400, 'refuse',    $GOOD, undef],
    ['2018-11-01T00:00:00Z', 'TLSv1.2', 200, undef,       undef, undef],
) {
    my ($instant, $tls, $status, $phase, $good, $trial) = @$_;
    my $s = connect_to(port => $h->port, tls => $tls);
    $h->stop_clock($instant);
    my $r = ask(on => $s, path => '/check');
    my $j = json_of($r);
    is($r->{status}, $status, "$instant $tls: $status");
    is_deeply([map { "$_->{name} $_->{phase}" } @{ $j->{schedules} }], $phase ? ["legacy $phase"] : [], '  only announced schedules');
    is_deeply($j->{deprecated}, $status == 400 ? JSON::PP::true : JSON::PP::false, '  deprecated or not');
    is($j->{rejected_for_good}, $good, '  the date from which this caller is rejected');
    is_deeply($j->{next_trial}, $trial && { start => $trial->[0], end => $trial->[1] }, '  the next trial');
    unlike($r->{body}, qr/secret12|203[01]/, '  and no secret');
    is($r->{headers}{'cache-control'}, 'no-store', '  not to be stored');
    is($r->{headers}{vary}, 'Accept', '  and in one of several forms');
}
$h->set_clock('2018-07-01T00:00:00Z');
is(get($h->port('location'), 'TLSv1', '/check')->{status}, 400, 'a gated location counts');
is(get($h->port('location'), 'TLSv1.2', '/check')->{status}, 200, 'but only for clients that it concerns');
is(get($h->port('none'), 'TLSv1', '/check')->{status}, 200, 'another vhost has no part in it');
is(get($h->port, 'TLSv1', '/gone')->{status}, 400, 'report-only does not hide a schedule that is announced');
my $s = json_of(get($h->port('shared'), 'TLSv1', '/check', 'X-Account: somebody'));
is($s->{next_trial}{start}, '2018-07-07T00:00:00Z', 'a window is for those in its share');
is($s->{client}, 'account:somebody', 'and it shows the identity of the caller');
my $r = ask(port => $h->port('kx'), tls => 'TLSv1.2', path => '/check', ciphers => 'AES128-SHA');
is_deeply([$r->{status}, json_of($r)->{cipher}], [400, 'TLS_RSA_WITH_AES_128_CBC_SHA'], 'a key exchange counts too');
like(ask(port => $h->port('kx'), tls => 'TLSv1.2', path => '/check', ciphers => 'AES128-SHA', headers => ['Accept: text/plain'])->{body}, qr/^You are connected over TLSv1\.2 and use RSA key exchange\. /m, '... and its first sentence names it');
is(ask(port => $h->port('kx'), tls => 'TLSv1.2', path => '/check')->{status}, 200, 'a better one passes');
$r = get($h->port('plain'), undef, '/check');
is_deeply([$r->{status}, @{ json_of($r) }{qw(protocol tls_version cipher)}], [400, 'cleartext', undef, undef], 'plain HTTP');
is(get($h->port('gated'), 'TLSv1', '/check')->{status}, 400, 'a TlsGate in the same location does not change the answer while it is announced');

# --- the fields ---
my $j = json_of(get($h->port, 'TLSv1', '/check', 'User-Agent: Java/1.7'));
is_deeply([@$j{qw(tls_version protocol advice client)}], ['TLS 1.0', 'TLSv1', 'Java 7: <switch it on>', 'ip:127.0.0.1'],
    'version, protocol, advice and client');
like($j->{cipher}, qr/^TLS_\w+_WITH_AES_256_CBC_SHA$/, 'the cipher');
my ($schedule) = @{ $j->{schedules} };
is_deeply([@$schedule{qw(announce cutoff refuse info next_change next_phase)}, $schedule->{grace}[0]{end}],
    ['2018-06-01T00:00:00Z', '2018-08-07T08:40:00Z', '2018-11-01T00:00:00Z', 'https://example.com/tls', $TRIAL1[0], 'trial', $GOOD],
    'the schedule with its dates');
$j = json_of(get($h->port, 'TLSv1.3', '/check'));
is_deeply([@$j{qw(tls_version advice schedules)}], ['TLS 1.3', undef, []], 'a modern caller needs none of it');

# --- the offer ----------
my @OFFER = qw(offered_versions offered_max_version given_cipher_suites given_named_groups given_signature_algorithms
    post_quantum_key_agreement ephemeral_keys_supported session_ticket_supported tls_compression_supported looks_like ja4 ja3);
my @WHY = qw(cause cause_detail);
# The names of IANA, as OpenSSL has them, except the signalling value of RFC 5746.
my %SUITE = (0xFF => 'TLS_EMPTY_RENEGOTIATION_INFO_SCSV',
    map { /^\s*0x(\w\w),0x(\w\w) - (\S+)/ ? (hex "$1$2" => $3) : () } `openssl ciphers -V -stdname ALL:\@SECLEVEL=0`);
my %GROUP = (23 => 'secp256r1', 24 => 'secp384r1', 25 => 'secp521r1', 26 => 'brainpoolP256r1', 27 => 'brainpoolP384r1',
    28 => 'brainpoolP512r1', 29 => 'x25519', 30 => 'x448', 31 => 'brainpoolP256r1tls13', 32 => 'brainpoolP384r1tls13',
    33 => 'brainpoolP512r1tls13', 256 => 'ffdhe2048', 257 => 'ffdhe3072', 258 => 'ffdhe4096', 259 => 'ffdhe6144',
    260 => 'ffdhe8192', 4587 => 'SecP256r1MLKEM768', 4588 => 'X25519MLKEM768', 4589 => 'SecP384r1MLKEM1024');
my %SCHEME = (0x0201 => 'rsa_pkcs1_sha1', 0x0203 => 'ecdsa_sha1', 0x0807 => 'ed25519', 0x0808 => 'ed448',
    map({ my $bits = $_; my $n = $bits / 128 - 2; my $curve = $bits == 512 ? 521 : $bits;
        (0x0401 + 256 * $n => "rsa_pkcs1_sha$bits", 0x0403 + 256 * $n => "ecdsa_secp${curve}r1_sha$bits",
         0x0804 + $n => "rsa_pss_rsae_sha$bits", 0x0809 + $n => "rsa_pss_pss_sha$bits",
         0x081A + $n => "ecdsa_brainpoolP${bits}r1tls13_sha$bits") } 256, 384, 512),
    0x0904 => 'mldsa44', 0x0905 => 'mldsa65', 0x0906 => 'mldsa87');
my $AES128 = 'TLS_RSA_WITH_AES_128_CBC_SHA';
my $PINNED = 'Your library can do TLSv1.3 but is configured not to: it offered';

# The effect of the options depends on the library: the hello that this client sends
# is caught, and parsed by an independent computation.
sub sent_by {
    my (%as) = @_;
    my $listener = listener();
    my $hello = catch_hello($listener, sub { connect_to(%as, port => $listener->sockport) }) or die "no hello\n";
    my $h = understood($hello);
    my @groups = map { $GROUP{$_} // "group $_" } unpack('x2 n*', $h->{data}{10} // "\0\0");
    return {
        given_cipher_suites        => [map { $SUITE{$_} // sprintf('suite %04x', $_) } @{ $h->{ciphers} }],
        given_named_groups         => \@groups,
        given_signature_algorithms => [map { $SCHEME{$_} // sprintf('0x%04x', $_) } unpack('x2 n*', $h->{data}{13} // "\0\0")],
        post_quantum_key_agreement => (grep {/MLKEM/} @groups) ? 1 : 0,
        session_ticket_supported   => defined $h->{data}{35} ? 1 : 0,
        tls_compression_supported  => $h->{compression} =~ /\x01/ ? 1 : 0,
        ja4                        => TlsGate::Hello::ja4($hello),
        ja3                        => TlsGate::Hello::ja3($hello),
    };
}

# version, ciphers of OpenSSL; versions, suites that are among those offered, an ephemeral key exchange, cause, detail
for (
    ['TLSv1', 'AES128-SHA', ['TLSv1'], [$AES128], 0, 'pinned', "$PINNED TLSv1 at most."],
    ['TLSv1', 'AES128-SHA:ECDHE-RSA-AES128-SHA', ['TLSv1'], [$AES128, 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA'], 1,
        'pinned', "$PINNED TLSv1 at most."],
    ['TLSv1.1', 'AES128-SHA', [qw(TLSv1 TLSv1.1)], [$AES128], 0, 'pinned', "$PINNED TLSv1.1 at most."],
    ['TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA', [qw(TLSv1 TLSv1.1 TLSv1.2)],
        [qw(TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 TLS_RSA_WITH_AES_256_CBC_SHA)], 1, undef, undef],
    ['TLSv1.3', 'ECDHE-RSA-AES128-GCM-SHA256', ['TLSv1.3'], ['TLS_AES_128_GCM_SHA256'], 1, undef, undef],
) {
    my ($tls, $ciphers, $versions, $suites, $ephemeral, @why) = @$_;
    my @as = (port => $h->port, tls => $tls, ciphers => $ciphers, sni => 'localhost');
    my $first = json_of(ask(@as, path => '/check'));
    my $kept = connect_to(@as);
    ask(on => $kept, path => '/index.html');
    my $second = json_of(ask(on => $kept, path => '/check')); # httpd closes the connection after a 400
    my $name = "$tls, $ciphers";
    is_deeply($first->{offered_versions}, $versions, "$name: offered_versions @$versions");
    is($first->{offered_max_version}, $tls, "$name: offered_max_version");
    my %given = map { $_ => 1 } @{ $first->{given_cipher_suites} };
    is_deeply([grep { $given{$_} } @$suites], $suites, "$name: given_cipher_suites has @$suites");
    my $sent = sent_by(@as);
    my %told = map { my $v = $first->{$_}; $_ => JSON::PP::is_bool($v) ? ($v ? 1 : 0) : $v } keys %$sent;
    is_deeply(\%told, $sent, "$name: suites and groups by their names of IANA in their order, post-quantum, tickets, compression, JA4, JA3");
    is($first->{ephemeral_keys_supported} ? 1 : 0, $ephemeral, "$name: ephemeral keys");
    like($first->{looks_like} // '', qr/^(?:OpenSSL \S.*)?$/, "$name: looks_like, if anything, OpenSSL");
    like($first->{ja4}, qr/^t1[0-3]d\d{4}00_[0-9a-f]{12}_[0-9a-f]{12}$/, "$name: ja4");
    like($first->{ja3}, qr/^[0-9a-f]{32}$/, "$name: ja3");
    $why[1] =~ s/can do TLSv1\.3/can do TLSv1.2/ if $why[1] && !$first->{looks_like};
    is_deeply([@$first{@WHY}], \@why, "$name: cause " . ($why[0] // 'null'));
    is_deeply([@$second{@OFFER, @WHY}], [@$first{@OFFER, @WHY}], "$name: the same on the second request of a connection");
    next unless $why[0];
    ok($h->wait_until(sub { grep { ($_->{tls}{client}{ja4} // '') eq $first->{ja4} && $_->{tlsgate}{test} } $h->sightings }),
        "$name: the log has the same ja4");
}
# The hello of each library, fingerprinted by an independent computation.
for my $stack (grep { $_->{path} } stacks()) {
    for my $tls (grep { $stack->{versions}{$_} } 'TLSv1', 'TLSv1.3') {
        my $told = json_of(TlsGate::Stacks::ask($stack, port => $h->port, version => $tls, path => '/check'));
        is($told->{ja4}, TlsGate::Hello::ja4(hello_of($stack, version => $tls)), "$stack->{name} over $tls: $told->{ja4}");
    }
}
# No hello, no offer.
my $plain = json_of(get($h->port('plain'), undef, '/check'));
is_deeply([map { exists $plain->{$_} ? $plain->{$_} : 'missing' } @OFFER, @WHY], [(undef) x (@OFFER + @WHY)],
    'plain HTTP: each member is present, and null');

# --- forms and methods ---
my %TYPE = (json => 'application/json', html => 'text/html; charset=utf-8', text => 'text/plain; charset=utf-8');
for (['*/*', 'json'], ['application/json', 'json'], ['text/html', 'html'], ['text/plain', 'text']) {
    my ($accept, $type) = @$_;
    for my $tls (qw(TLSv1 TLSv1.3)) {
        $r = get($h->port, $tls, '/check', "Accept: $accept", 'User-Agent: Java/1.7');
        is_deeply([$r->{status}, $r->{headers}{'content-type'}], [$tls eq 'TLSv1' ? 400 : 200, $TYPE{$type}], "$tls as $type");
        like($r->{body}, qr/\b\Q$tls\E\b/, "$tls as $type says so");
        is($r->{headers}{'content-security-policy'}, $type eq 'html' ? policy_of($r->{body}) : undef, "$tls as $type: what it may load");
        next if $type eq 'json' || $tls ne 'TLSv1';
        my $read = $type eq 'html' ? readable($r->{body}) . $r->{body} : $r->{body};
        like($read, qr/$_/, "as $type: $_") for 'legacy: announced', $GOOD, "$TRIAL1[0] to $TRIAL1[1]", 'https://example\.com/tls';
    }
}
$r = get($h->port, 'TLSv1', '/check', 'Accept: text/html', 'User-Agent: Java/1.7');
like($r->{body}, qr/Java 7: &lt;switch it on&gt;/, 'the page escapes');
unlike($r->{body}, qr/<script|src=/, 'and needs no script');

# --- what people read, and in which order: the verdict, what to do, when, and the rest folded away
my $page = readable($r->{body});
like($page, qr/Still served.*Your connection is deprecated.*What to do.*Java 7: <switch it on>.*Use TLS 1\.2 or newer.*When.*Rejected for good from.*Technical details.*JA4/s,
    'the verdict, the remedy, the dates, the details');
like($page, qr/You are connected over TLS 1\.0\. Change your client before \Q$GOOD\E: from then on such requests are rejected\./, 'until when it works');
like($page, qr/Protocol TLS 1\.0 \(TLSv1\)/, 'the spelling of httpd is beside that of people');
like($page, qr/Announced: such requests are still served\. Trial: such requests are rejected for a limited time/, 'phases are explained');
unlike($r->{body} =~ s{<details>.*?</details>}{}sr, qr/JA4|Cipher|AES_256/, 'fingerprint and cipher are folded away');
like($r->{body}, qr{<time datetime="2018-08-21T09:00:00Z">Tue 21 Aug 2018, 09:00 UTC</time> <span class="far">\(in 51 days\)</span>}, 'a date as people write it, and how far it is');
like($r->{body}, qr{<time datetime="2018-07-10T09:00:00Z">Tue 10 Jul 2018, 09:00</time> to <time datetime="2018-07-10T10:23:00Z">10:23 UTC</time>}, 'a window on one day');
my $PORT = $h->port;
like($page, qr{All dates of this host\s+https://localhost:$PORT/plan }, 'the page leads to that of the dates');
for my $form ('html', 'text') {
    my $modern = readable(get($PORT, 'TLSv1.3', '/check', "Accept: $TYPE{$form}")->{body});
    my $over = $form eq 'html' ? 'TLS 1.3' : 'TLSv1.3';
    like($modern, qr/You are connected over $over\. It goes on working after \Q$GOOD\E, when this host stops accepting TLS 1\.0 and 1\.1\./, "$form: a modern caller reads until when, and after");
    unlike($modern, qr/What to do|deprecated/, "$form: and has nothing to do");
}
like(get($h->port('none'), 'TLSv1', '/check', 'Accept: text/plain')->{body}, qr/You are connected over TLSv1\. No announced schedule of this host deprecates that\./, 'a host without a schedule promises nothing');
$h->stop_clock('2018-08-21T09:00:00Z');
like(get($PORT, 'TLSv1.2', '/check', 'Accept: text/plain')->{body}, qr/It goes on working: since \Q$GOOD\E this host has not accepted TLS 1\.0 and 1\.1\./, 'from that second on it has not');
like(readable(get($PORT, 'TLSv1', '/check', 'Accept: text/html')->{body}), qr/Rejected now.*Under the schedule, such requests are rejected now\./s, 'and an old one is rejected');
$h->set_clock('2018-07-01T00:00:00Z');

for (['GET', 400], ['HEAD', 400], ['POST', 400], ['PUT', 405], ['DELETE', 405], ['PATCH', 405], ['BREW', 405], ['OPTIONS', 200]) {
    my ($method, $status) = @$_;
    $r = ask(port => $h->port, tls => 'TLSv1', path => '/check', method => $method);
    is($r->{status}, $status, "$method: $status");
    is_deeply([sort grep { $_ ne 'TRACE' } split(/,\s*/, $r->{headers}{allow})], [qw(GET HEAD OPTIONS POST)], "$method: Allow") if $status != 400;
}
$r = ask(port => $h->port, tls => 'TLSv1', path => '/check', method => 'POST', body => 'x' x 100_000);
is($r->{status}, 400, 'a POST with a body');
my $on = connect_to(port => $h->port, tls => 'TLSv1.3');
is_deeply([map { ask(on => $on, path => '/check')->{status} } 1 .. 3], [200, 200, 200], 'three on one connection');
is(get($h->port, 'TLSv1', '/check/below?a=b')->{status}, 400, 'below its path as well');

# --- the log ---
my @s = grep { $_->{url}{path} eq '/check' && $_->{http}{response}{status_code} != 405
    && $_->{http}{request}{method} ne 'OPTIONS' } $h->sightings;
is_deeply([grep { !$_->{tlsgate}{test} } @s], [], 'each is logged as a test');
is((grep { $_->{tlsgate}{enforced} } @s), 1, 'and nothing was enforced, except where a TlsGate is in the same location');
is((grep { ($_->{tls}{version} // "") eq '1.3' } @s), 0, 'a modern caller is not a sighting');

# --- gated itself ---
$h->set_clock('2018-07-10T09:00:00Z');
is(get($h->port('gated'), 'TLSv1', '/check')->{status}, 426, 'a TlsGate in the same location gates it');
is(get($h->port('gated'), 'TLSv1.2', '/check')->{status}, 200, 'for clients that it concerns');
is(get($h->port, 'TLSv1', '/check')->{status}, 400, 'elsewhere it answers also in a trial');
$h->finish_ok;
done_testing;
