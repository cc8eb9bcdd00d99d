# Deprecations of 2026, replayed: howsmyssl's ratings of TLS 1.2 and of key exchanges without a post-quantum
# group, as a provider would enforce them; and Sourcify's weekly brownouts of single paths.
# Both sides of each date, with clients of many TLS stacks.
use strict;
use warnings;
use lib 't/lib';
use POSIX ();
use Test::More;
use TlsGate::Client qw(has_post_quantum json_of);
use TlsGate::Hello qw(understood);
use TlsGate::History qw(answer customers dump_is header server);
use TlsGate::Httpd;
use TlsGate::Stacks qw(answers_at hello_of imf_date);

my $X25519MLKEM768 = 4588; # at IANA
my @stacks = customers();
my $HAS_GROUP = has_post_quantum();

# A test for every stack: the status over each of its versions.
sub each_gets {
    my ($h, $instant, $status, $what, %o) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    for my $stack (@stacks) {
        my $got = answers_at($h, $instant, $stack, port => $h->port('tls'), %o);
        my %expected = map { ($_ => $status->($_, $stack)) } keys %{ $stack->{versions} };
        is_deeply($got, \%expected, "$instant $stack->{name}: $what") or diag(explain($got));
    }
}

# --- howsmyssl -------------------------------------------------------------------

# Whether the key exchange of a client with this server is post-quantum: both must have a group.
my %offers;
sub is_post_quantum {
    my ($stack) = @_;
    return $offers{ $stack->{name} } //= $HAS_GROUP && scalar grep { $_ == $X25519MLKEM768 }
        unpack('x2 n*', understood(hello_of($stack, version => 'TLSv1.3', sni => 'api.example.com'))->{data}{10} // "\0\0");
}

# Who is affected, after the cutoff; only TLS 1.3 can have such a group.
sub bad { my ($version, $stack) = @_; return $version ne 'TLSv1.3' ? 426 : is_post_quantum($stack) ? 200 : 403 }

sub howsmyssl_statuses {
    my ($h) = @_;
    my %api      = (sni => 'api.example.com', path => '/a/check');
    my %partners = (sni => 'partners.example.com', path => '/a/check');
    my $all = sub { 200 };
    for (
        ['2026-06-14T16:59:59Z', $all,  $all, 'one second before 10 AM PT in June'],
        ['2026-06-14T17:00:00Z', $all,  $all, 'Improvable, and served'],
        ['2026-12-14T17:00:00Z', $all,  $all, 'the hour of June: in December it is an hour early'],
        ['2026-12-14T17:59:59Z', $all,  $all, 'one second before 10 AM PT in December'],
        ['2026-12-14T18:00:00Z', \&bad, sub { $_[0] eq 'TLSv1.3' ? 200 : 426 }, 'Bad, and rejected'],
        ['2027-12-14T18:00:00Z', \&bad, sub { $_[0] eq 'TLSv1.3' ? 200 : 426 }, 'and a year later'],
    ) {
        my ($instant, $api, $partners, $what) = @$_;
        each_gets($h, $instant, $api, $what, %api);
        each_gets($h, $instant, $partners, "$what, where the group is only reported", %partners);
    }
}

sub howsmyssl_told {
    my ($h) = @_;
    my %o = (sni => 'api.example.com', path => '/a/check');
    is(header(answer($h, '2026-06-14T16:59:59Z', 'TLSv1.2', %o), $_), 'none', "before June nobody is told: $_") for qw(deprecation sunset link);
    my $r = answer($h, '2026-06-14T17:00:00Z', 'TLSv1.2', %o);
    is(header($r, 'deprecation'), '@1781456400', 'in June TLSv1.2 is told since when');
    is(header($r, 'sunset'), 'Mon, 14 Dec 2026 18:00:00 GMT', '... and until when');
    like(header($r, 'link'), qr{tls-1\.3.*post-quantum}s, '... and reads about both');
    $r = answer($h, '2026-06-14T17:00:00Z', 'TLSv1.3', %o);
    is(header($r, 'sunset'), is_post_quantum($stacks[0]) ? 'none' : 'Mon, 14 Dec 2026 18:00:00 GMT', 'TLSv1.3 is told where its group is classical');
    is(header(answer($h, '2026-06-14T17:00:00Z', 'TLSv1.3', %o, sni => 'partners.example.com'), 'sunset'), 'none', '... and not where that is only reported');
    $r = answer($h, '2026-12-14T18:00:00Z', 'TLSv1.2', %o);
    is(header($r, 'upgrade'), 'TLS/1.3', 'a rejected TLSv1.2 is asked for TLSv1.3');
    is(json_of($r)->{minimum_protocol}, 'TLSv1.3', '... in the body too');
    my $instant = '2026-12-14T18:00:01Z';
    answer($h, $instant, 'TLSv1.3', %o, sni => 'partners.example.com');
    my @reported;
    ok($h->wait_until(sub {
        @reported = grep { substr($_->{'@timestamp'}, 0, 19) . 'Z' eq $instant } $h->sightings('logs/howsmyssl.ndjson');
        return @reported || is_post_quantum($stacks[0]);
    }), 'who would be rejected is in the log');
    is_deeply([map { "@{$_->{tlsgate}}{qw(schedule verdict)} " . ($_->{tlsgate}{enforced} ? 'enforced' : 'reported') . ' ' . ($_->{tls}{curve} // '-') } @reported],
        is_post_quantum($stacks[0]) ? [] : ['howsmyssl-group reject reported x25519'], '... with the group') or diag(explain(\@reported));
}

sub howsmyssl {
    my $h = server('howsmyssl-2026.conf', '2026-06-01T00:00:00Z', '/a/check');
    dump_is($h, <<'DUMP');
schedule howsmyssl-version
  deprecates: TLSv1 TLSv1.1 TLSv1.2
  announced: 2026-06-14T17:00:00Z
  cutoff: 2026-12-14T18:00:00Z
  for good: 2026-12-14T18:00:00Z
  now: observe, then announced from 2026-06-14T17:00:00Z
  used by: vhost api.example.com:TLS
  used by: vhost partners.example.com:TLS
schedule howsmyssl-group
  deprecates: kx=classical
  announced: 2026-06-14T17:00:00Z
  cutoff: 2026-12-14T18:00:00Z
  for good: 2026-12-14T18:00:00Z
  now: observe, then announced from 2026-06-14T17:00:00Z
  used by: vhost api.example.com:TLS
  used by: vhost partners.example.com:TLS report-only
DUMP
    howsmyssl_statuses($h);
    howsmyssl_told($h);
    $h->finish_ok($HAS_GROUP ? () : qr/vhost api\.example\.com:\d+: schedule howsmyssl-group rejects every client from 2026-12-14T18:00:00Z: it deprecates kx=classical/);
}

# --- Sourcify --------------------------------------------------------------------

# The windows, as published.
my @BROWNOUTS = (
    ['2026-05-12T14:00:00Z', '2026-05-12T15:00:00Z'],
    ['2026-05-19T14:00:00Z', '2026-05-19T15:00:00Z'],
    ['2026-05-26T14:00:00Z', '2026-05-26T18:00:00Z'],
    ['2026-06-02T14:00:00Z', '2026-06-02T18:00:00Z'],
    ['2026-06-09T10:00:00Z', '2026-06-09T18:00:00Z'],
    ['2026-06-16T10:00:00Z', '2026-06-16T18:00:00Z'],
    ['2026-06-23T00:00:00Z', '2026-06-24T00:00:00Z'],
    ['2026-06-30T00:00:00Z', '2026-07-01T00:00:00Z'],
);
my $SHUTDOWN = '2026-07-07T00:00:00Z';

sub second_before { my ($instant) = @_; return POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(TlsGate::Httpd::epoch($instant) - 1)) }

# The status over the first stack of a path at an instant.
sub status_of { my ($h, $instant, $path) = @_; return answer($h, $instant, 'TLSv1.3', sni => 'sourcify.example.com', path => $path)->{status} }

sub sourcify_windows {
    my ($h) = @_;
    my %o = (sni => 'sourcify.example.com', path => '/verify');
    for my $w (@BROWNOUTS) {
        my ($start, $end) = @$w;
        my $last = second_before($end);
        is(status_of($h, second_before($start), '/verify'), 200, "$start one second before");
        my $r = answer($h, $start, 'TLSv1.3', %o);
        is($r->{status}, 503, '... it begins');
        is(header($r, 'retry-after'), TlsGate::Httpd::epoch($end) - TlsGate::Httpd::epoch($start), '... Retry-After is its length');
        is(json_of($r)->{until}, $end, '... the body says until when');
        is(header($r, 'upgrade'), 'none', '... no version helps');
        $r = answer($h, $last, 'TLSv1.3', %o);
        is("$r->{status} " . header($r, 'retry-after'), '503 1', "$last its last second");
        is(status_of($h, $end, '/verify'), 200, "$end it is over");
    }
    is(status_of($h, '2026-05-05T14:00:00Z', '/verify'), 200, 'the first table was postponed');
    for ([second_before($SHUTDOWN), 200], [$SHUTDOWN, 410], ['2027-07-07T00:00:00Z', 410]) {
        my ($instant, $status) = @$_;
        each_gets($h, $instant, sub { $status }, "the end: $status", %o);
    }
    each_gets($h, '2026-06-09T10:00:00Z', sub { 503 }, 'every client', %o);
}

sub sourcify_paths {
    my ($h) = @_;
    for (['/verify', 503], ['/repository/1', 503], ['/files', 503], ['/checkAllByAddresses', 503], ['/check-by-addresses', 503],
        ['/v2/verify', 200], ['/verify-all', 200], ['/index.html', 200]) {
        my ($path, $status) = @$_;
        is(status_of($h, '2026-05-12T14:00:00Z', $path), $status, "$path: $status");
    }
    my %o = (sni => 'sourcify.example.com', path => '/verify');
    my $r = answer($h, '2026-05-12T13:00:00Z', 'TLSv1.3', %o);
    is(header($r, 'sunset'), imf_date($SHUTDOWN), 'before a window: Sunset is the shutdown');
    like(header($r, 'link'), qr{^<https://developer\.example\.com/api-v2>; rel="deprecation"}, '... with the link');
    is(header(answer($h, '2026-05-12T13:00:00Z', 'TLSv1.3', %o, path => '/v2/verify'), 'sunset'), 'none', '... other paths have none');
    $r = answer($h, $SHUTDOWN, 'TLSv1.3', %o);
    is(json_of($r)->{title}, 'This address has been retired', 'after the shutdown it says so');
    is(header($r, 'retry-after'), 'none', '... for good');
}

sub sourcify {
    my $h = server('sourcify-2026.conf', '2026-05-01T00:00:00Z', '/verify', '/repository/1', '/files', '/checkAllByAddresses',
        '/check-by-addresses', '/v2/verify', '/verify-all', '/index.html');
    dump_is($h, <<'DUMP');
schedule sourcify-v1
  deprecates: any
  trial: 2026-05-12T14:00:00Z/2026-05-12T15:00:00Z every=P7D until=2026-05-19T15:00:00Z
  trial: 2026-05-26T14:00:00Z/2026-05-26T18:00:00Z every=P7D until=2026-06-02T18:00:00Z
  trial: 2026-06-09T10:00:00Z/2026-06-09T18:00:00Z every=P7D until=2026-06-16T18:00:00Z
  trial: 2026-06-23T00:00:00Z/2026-06-24T00:00:00Z every=P7D until=2026-07-01T00:00:00Z
  cutoff: 2026-07-07T00:00:00Z
  for good: 2026-07-07T00:00:00Z
  now: announced, then trial from 2026-05-12T14:00:00Z
  used by: vhost sourcify.example.com:TLS <Location ^/(?:verify|repository|files|check-by-addresses|check-all-by-addresses|checkByAddresses|checkAllByAddresses)(?:/|$)>
DUMP
    sourcify_windows($h);
    sourcify_paths($h);
    $h->finish_ok;
}

for my $replay (\&howsmyssl, \&sourcify) {
    eval { $replay->(); 1 } or fail("a replay broke off: $@");
}
done_testing;
