# Real deprecations, replayed: the files of conf/history in a real httpd, with its clock set
# to both sides of each date, and clients of many TLS stacks over every version. Their
# answers must be those that the provider's own customers got at that second.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use IO::Socket::SSL;
use TlsGate::Client qw(connect_to json_of);
use TlsGate::History qw(answer customers dump_is header server);
use TlsGate::Httpd;
use TlsGate::Stacks qw(all_get imf_date);

my @stacks = customers();

# The same if old clients are refused: they get a fatal alert instead of an answer, and each of
# them is a sighting.
sub old_are_refused {
    my ($h, $instant, $new, $what, %o) = @_;
    my $before = () = failed($h);
    all_get($h, $instant, 'no answer', $new, $what, %o);
    my ($n, %expected, %seen) = (0);
    for my $version ('TLSv1', 'TLSv1.1') {
        $n += $expected{"$version refuse protocol_version $o{sni}"} = grep { $_->{versions}{$version} } @stacks;
    }
    $h->wait_until(sub { failed($h) >= $before + $n });
    my @refused = failed($h);
    $seen{"$_->{tlsgate}{protocol} $_->{tlsgate}{verdict} $_->{tlsgate}{alert} $_->{tls}{client}{server_name}"}++
        for @refused[$before .. $#refused];
    is_deeply(\%seen, \%expected, "$instant each of the $n refused clients is in the log") or diag(explain(\%seen));
    for my $version ('TLSv1', 'TLSv1.1') {
        $h->set_clock($instant);
        my $s = connect_to(port => $h->port('tls'), tls => $version, sni => $o{sni});
        is($s ? 'connected' : $SSL_ERROR =~ /(alert .*)/ ? $1 : $SSL_ERROR, 'alert protocol version',
            "$instant $version ends with an alert");
    }
    $h->wait_until(sub { failed($h) >= $before + $n + 2 });
}

# The sightings of handshakes that failed.
sub failed { my ($h) = @_; return grep { $_->{tls} && !$_->{tls}{established} } $h->sightings }

# --- Nexmo, 2018 ---------------------------------------------------------------

sub nexmo_statuses {
    my ($h) = @_;
    for (
        ['2018-07-10T08:59:59Z', 200, 'one second before the trial'],
        ['2018-07-10T09:00:00Z', 400, 'the trial begins, 10:00 BST'],
        ['2018-07-10T10:22:59Z', 400, 'its last second'],
        ['2018-07-10T10:23:00Z', 200, 'the trial is over, 11:23 BST'],
        ['2018-08-07T08:39:59Z', 200, 'one second before the deadline'],
        ['2018-08-07T08:40:00Z', 400, 'the deadline, 09:40 BST'],
        ['2018-08-07T09:40:00Z', 400, '09:40 UTC, a wrong reading of the local time'],
        ['2018-08-07T15:24:59Z', 400, 'one second before the rollback'],
        ['2018-08-07T15:25:00Z', 200, 'rolled back, 16:25 BST'],
        ['2018-08-21T08:59:59Z', 200, 'the last second of grace'],
        ['2018-08-21T09:00:00Z', 400, 'for good, 10:00 BST'],
        ['2019-08-21T09:00:00Z', 400, 'and a year later'],
    ) {
        my ($instant, $old, $what) = @$_;
        all_get($h, $instant, $old, 200, $what, sni => 'api.example.com', path => '/sms/json');
    }
    all_get($h, '2018-08-07T08:39:59Z', 200, 200, 'the dashboard', sni => 'dashboard.example.com');
    all_get($h, '2018-08-07T08:40:00Z', 400, 200, 'the dashboard', sni => 'dashboard.example.com');
    all_get($h, '2018-08-07T08:40:00Z', 400, 200, 'a message that is sent',
        sni => 'api.example.com', path => '/sms/json', method => 'POST', body => 'to=447700900000');
}

sub nexmo_verification {
    my ($h) = @_;
    for (
        ['2018-06-01T00:00:00Z', 'long before'],
        ['2018-07-10T09:00:00Z', 'in the trial'],
        ['2018-08-07T08:39:59Z', 'before the deadline'],
        ['2018-08-07T08:40:00Z', 'after the deadline'],
        ['2018-08-21T08:59:59Z', 'in the grace period'],
        ['2018-08-21T09:00:00Z', 'after it'],
    ) {
        my ($instant, $what) = @$_;
        my %o = (sni => 'api.example.com', path => '/tlsverification');
        all_get($h, $instant, 400, 200, "GET /tlsverification $what", %o);
        all_get($h, $instant, 400, 200, "POST /tlsverification $what", %o, method => 'POST', body => 'a=b');
        is(json_of(answer($h, $instant, 'TLSv1', %o))->{tls_version}, 'TLS 1.0',
            "$instant the 400 is from the verification, not a rejection");
    }
}

sub nexmo_headers {
    my ($h) = @_;
    my %o = (sni => 'api.example.com', path => '/sms/json');
    for my $instant ('2018-06-01T00:00:00Z', '2018-08-07T08:39:59Z', '2018-08-07T15:25:00Z') {
        my $r = answer($h, $instant, 'TLSv1', %o);
        is(header($r, 'sunset'), 'Tue, 21 Aug 2018 09:00:00 GMT', "$instant TLSv1: Sunset");
        is(header($r, 'deprecation'), 'none', 'no Deprecation: the day of the announcement is not known');
        like(header($r, 'link'), qr{^<https://developer\.example\.com/nexmo-tls>; rel="deprecation"}, 'Link');
        $r = answer($h, $instant, 'TLSv1.2', %o);
        is(header($r, $_), 'none', "TLSv1.2 hears nothing: $_") for qw(sunset deprecation link);
    }
    my $first = answer($h, '2018-07-10T09:00:00Z', 'TLSv1.1', %o);
    is(header($first, 'retry-after'), 83 * 60, 'the trial begins: Retry-After is 83 minutes');
    is(header(answer($h, '2018-07-10T10:22:59Z', 'TLSv1.1', %o), 'retry-after'), 1, 'its last second: 1');
    is(json_of($first)->{until}, '2018-07-10T10:23:00Z', 'the body says until when');
    is(header($first, 'upgrade'), 'none', 'a 400 asks for no upgrade');
    for my $instant ('2018-08-07T08:40:00Z', '2018-08-21T09:00:00Z') {
        my $r = answer($h, $instant, 'TLSv1.1', %o);
        is(header($r, 'retry-after'), 'none', "$instant no Retry-After");
        is(json_of($r)->{phase}, 'cutoff', 'the phase is cutoff');
    }
}

sub nexmo_advice {
    my ($h) = @_;
    for (
        ['Java/1.7.0_80',                           qr/^Java 7 .*-Dhttps\.protocols=TLSv1\.2/],
        ['Java/1.8.0_172',                          qr/^Java 8 has TLSv1\.2 switched on/],
        ['Python-urllib/2.7',                       qr/^Python .*OpenSSL 1\.0\.1/],
        ['python-requests/2.3.0 CPython/2.7.6',     qr/^Python .*OpenSSL 1\.0\.1/],
        ['Ruby',                                    qr/^Ruby .*OpenSSL 1\.0\.1/],
        ['PHP-SOAP/5.3.3',                          qr/^PHP .*OpenSSL 1\.0\.1/],
        ['node-superagent/0.21.0',                  qr/^Node\.js .*OpenSSL 1\.0\.1/],
        ['RestSharp/105.2.3.0',                     qr/^\.NET needs 4\.5 or newer/],
        ['nexmo-java/1.5 Java/1.7.0_80',            qr/^Update this SDK/],
        ['nexmo-python/1.4.0/2.7.6',                qr/^Update this SDK/],
        ['curl/7.19.7',                             qr/^Find out which TLS library/],
        [undef,                                     qr/^Find out which TLS library/],
    ) {
        my ($ua, $advice) = @$_;
        my %o = (sni => 'api.example.com', headers => [defined $ua ? "User-Agent: $ua" : ()]);
        my $name = $ua // 'no user agent';
        like(json_of(answer($h, '2018-08-21T09:00:00Z', 'TLSv1', %o))->{advice}, $advice,
            "$name: the rejection helps");
        like(json_of(answer($h, '2018-06-01T00:00:00Z', 'TLSv1', %o, path => '/tlsverification'))->{advice},
            $advice, "$name: and so does the verification");
    }
}

sub nexmo {
    my $h = server('nexmo-2018.conf', '2018-06-01T00:00:00Z', '/sms/json');
    dump_is($h, <<'DUMP');
schedule nexmo-tls
  deprecates: TLSv1 TLSv1.1
  trial: 2018-07-10T09:00:00Z/2018-07-10T10:23:00Z
  cutoff: 2018-08-07T08:40:00Z
  grace: 2018-08-07T15:25:00Z/2018-08-21T09:00:00Z
  for good: 2018-08-21T09:00:00Z
  now: announced, then trial from 2018-07-10T09:00:00Z
  used by: vhost api.example.com:TLS
schedule nexmo-plain-http
  deprecates: cleartext
  now: announced, for good
  used by: vhost api.example.com:HTTP as=cutoff
DUMP
    nexmo_statuses($h);
    nexmo_verification($h);
    nexmo_headers($h);
    nexmo_advice($h);
    $h->set_clock('2018-06-01T00:00:00Z');
    my $r = TlsGate::Client::ask(port => $h->port('http'), host => 'api.example.com', path => '/sms/json');
    is($r->{status}, 403, 'plain HTTP was always rejected');
    $h->finish_ok;
}

# --- Procore, 2019 -------------------------------------------------------------

sub procore {
    my $h = server('procore-2019.conf', '2019-04-01T00:00:00Z', '/vapid/projects');
    my %o = (sni => 'api.example.com', path => '/vapid/projects');
    dump_is($h, <<'DUMP');
schedule procore-tls
  deprecates: TLSv1 TLSv1.1
  cutoff: 2019-05-01T23:59:00Z
  refuse: 2019-05-01T23:59:00Z
  for good: 2019-05-01T23:59:00Z
  now: announced, then refuse from 2019-05-01T23:59:00Z
  used by: vhost api.example.com:TLS
DUMP
    for (
        ['2019-05-01T00:00:00Z', 200, 'the day begins, and is still open'],
        ['2019-05-01T23:58:59Z', 200, 'one second before 11:59 PM'],
    ) {
        my ($instant, $old, $what) = @$_;
        all_get($h, $instant, $old, 200, $what, %o);
    }
    old_are_refused($h, @$_, %o) for (
        ['2019-05-01T23:59:00Z', 200, '11:59 PM'],
        ['2019-05-01T23:59:59Z', 200, 'the last second of the day'],
        ['2019-05-02T00:00:00Z', 200, 'the next day'],
    );
    is(header(answer($h, '2019-05-01T23:58:59Z', 'TLSv1', %o), 'sunset'), 'Wed, 01 May 2019 23:59:00 GMT',
        'Sunset names the minute');
    $h->set_clock('2019-05-01T23:58:00Z');
    my $open = connect_to(port => $h->port('tls'), tls => 'TLSv1', sni => 'api.example.com');
    my %on = (on => $open, host => 'api.example.com', path => $o{path});
    is((TlsGate::Client::ask(%on) // {})->{status}, 200, 'a connection is served a minute before');
    $h->set_clock('2019-05-01T23:59:00Z');
    my $r = TlsGate::Client::ask(%on, headers => ['User-Agent: Java/1.7.0_80']) // { headers => {}, body => '{}' };
    is($r->{status}, 426, 'and does not outlive the minute');
    is(json_of($r)->{phase}, 'refuse', 'the phase is refuse');
    is(header($r, 'upgrade'), 'TLS/1.2', 'TLSv1.2 is required');
    like(json_of($r)->{advice}, qr/^Java 1\.7 has TLSv1\.2 switched off/, 'Java 1.7 is helped');
    close $open;
    $h->finish_ok;
}

# --- OnePageCRM, 2020 ----------------------------------------------------------

# The published client, directed to this server.
sub pingdom {
    my ($h, $instant) = @_;
    my ($host, $port) = ('try.example.com', $h->port('tls'));
    $h->stop_clock($instant);
    my $url  = "https://$host:$port/api/v3/pingdom";
    my $text = `curl --tlsv1.2 --tls-max 1.2 -sik --resolve $host:$port:127.0.0.1 $url`;
    my ($date) = $text =~ /^Date: (.*?)\r?$/m;
    return "an answer of $date" if $date && $date ne imf_date($instant);
    return $text =~ m{^HTTP/1\.1 (\d+)} ? $1 : 'no answer';
}

sub onepagecrm {
    my $h = server('onepagecrm-2020.conf', '2020-05-25T00:00:00Z', '/api/v3/pingdom');
    my %main = (sni => 'api.example.com', path => '/api/v3/pingdom');
    my %try  = (sni => 'try.example.com', path => '/api/v3/pingdom');
    dump_is($h, <<'DUMP');
schedule onepagecrm-tls
  deprecates: TLSv1 TLSv1.1
  cutoff: 2020-07-01T00:00:00Z
  for good: 2020-07-01T00:00:00Z
  now: announced, then cutoff from 2020-07-01T00:00:00Z
  used by: vhost api.example.com:TLS
  used by: vhost try.example.com:TLS as=refuse
schedule onepagecrm-try-host
  deprecates: any
  cutoff: 2020-07-01T00:00:00Z
  for good: 2020-07-01T00:00:00Z
  now: announced, then cutoff from 2020-07-01T00:00:00Z
  used by: vhost try.example.com:TLS
DUMP
    for (
        ['2020-05-25T00:00:00Z', 200, 'the second name appears'],
        ['2020-06-30T23:59:59Z', 200, 'one second before 1 July'],
        ['2020-07-01T00:00:00Z', 426, '1 July'],
    ) {
        my ($instant, $old, $what) = @$_;
        all_get($h, $instant, $old, 200, "the API: $what", %main);
        old_are_refused($h, $instant, $instant lt '2020-07' ? 200 : 410, "the host to try: $what", %try);
    }
    is(pingdom($h, '2020-06-30T23:59:59Z'), 200, 'the published client is served');
    is(pingdom($h, '2020-07-01T00:00:00Z'), 410, 'and learns that the host is gone');

    my $instant = '2020-06-01T12:00:00Z';
    for my $case ([TLSv1 => \%main], ['TLSv1.2' => \%try]) {
        is(header(answer($h, $instant, $case->[0], %{ $case->[1] }), 'sunset'), 'Wed, 01 Jul 2020 00:00:00 GMT',
            "$case->[1]{sni} over $case->[0] gets the date");
    }
    is(header(answer($h, $instant, 'TLSv1.2', %main), 'sunset'), 'none', 'the API over TLSv1.2 hears nothing');
    # Clients that use the other name are let in, and get the headers.
    $h->set_clock($instant);
    my $r = TlsGate::Client::ask(port => $h->port('tls'), tls => 'TLSv1', %main, host => $try{sni});
    is(header($r, 'upgrade'), 'TLS/1.2', 'the test host asks old clients for TLSv1.2 until its end');
    is(json_of($r)->{minimum_protocol}, 'TLSv1.2', 'in the body too');
    unlike(json_of($r)->{detail}, qr/no more requests/, 'and it does not say that it is retired');
    is(json_of(answer($h, '2020-07-01T00:00:00Z', 'TLSv1.2', %try))->{title}, 'This address has been retired',
        'on 1 July it does');
    $h->finish_ok;
}

# --- SMSPortal, no date yet ----------------------------------------------------

sub smsportal_warned {
    my ($r, $what) = @_;
    is($r->{status}, 200, "$what: served");
    is(header($r, $_), 'none', "$what: no $_") for qw(sunset deprecation);
    like(header($r, 'link'), qr{^<https://developer\.example\.com/smsportal-tls>; rel="deprecation"}, "$what: warned");
}

# The number of requests over each protocol, and how many of them were recorded. Both are
# written after the answer was sent.
sub smsportal_counts {
    my ($h) = @_;
    my (%asked, %seen);
    $asked{$_ eq '-' ? 'cleartext' : $_}++ for split(/\n/, TlsGate::Httpd::slurp($h->dir . '/logs/protocols'));
    delete @asked{ 'TLSv1.2', 'TLSv1.3' };
    $seen{ $_->{tlsgate}{protocol} }++ for $h->sightings('logs/smsportal.ndjson');
    return (\%asked, \%seen);
}

sub smsportal_counted {
    my ($h, $at_least) = @_;
    my ($asked, $seen, $total);
    $h->wait_until(sub {
        ($asked, $seen) = smsportal_counts($h);
        $total = 0;
        $total += $_ for values %$asked;
        return $total >= $at_least && join(' ', %$asked{ sort keys %$asked }) eq join(' ', %$seen{ sort keys %$seen });
    });
    cmp_ok($total, '>=', $at_least, 'every request was seen by httpd');
    is_deeply($seen, $asked, 'every deprecated request was counted, and no other') or diag(explain($asked, $seen));
    my %verdicts = map { ("$_->{tlsgate}{phase} $_->{tlsgate}{verdict}" => 1) } $h->sightings('logs/smsportal.ndjson');
    is_deeply([keys %verdicts], ['announced warn'], 'each as announced, with a warning');
}

sub smsportal {
    my $h = server('smsportal.conf', '2021-01-01T00:00:00Z', '/v1/bulkmessages');
    my %o = (sni => 'rest.example.com', path => '/v1/bulkmessages');
    dump_is($h, <<'DUMP');
schedule smsportal-tls
  deprecates: cleartext TLSv1 TLSv1.1
  now: announced, for good
  used by: vhost rest.example.com:TLS
  used by: vhost rest.example.com:HTTP
DUMP
    my @instants = ('2021-01-01T00:00:00Z', '2024-02-29T23:59:59Z', '2031-06-01T12:00:00Z');
    for my $instant (@instants) {
        all_get($h, $instant, 200, 200, 'announced, never rejected', %o);
        smsportal_warned(answer($h, $instant, 'TLSv1', %o), "$instant TLSv1");
        is(header(answer($h, $instant, 'TLSv1.2', %o), 'link'), 'none', "$instant TLSv1.2: hears nothing");
        my $r = TlsGate::Client::ask(port => $h->port('http'), host => $o{sni}, path => $o{path});
        smsportal_warned($r, "$instant plain HTTP");
    }
    smsportal_counted($h, @instants * (2 * @stacks + 2));
    $h->finish_ok;
}

# One history that breaks off does not hide the others.
for my $replay (\&nexmo, \&procore, \&onepagecrm, \&smsportal) {
    eval { $replay->(); 1 } or fail("a replay broke off: $@");
}
done_testing;
