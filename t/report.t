# tlsgatectl report, on the lines that a real httpd writes: it names exactly the clients that came, and
# counts failed handshakes and tests apart. With the address and the JA4 of a client a refused handshake
# has its name.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use POSIX ();
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Ctl qw(said_in);
use TlsGate::Httpd;
use TlsGate::Schema;

my $h = TlsGate::Httpd->new(
    clock => '2018-07-01T00:00:00Z',
    tolerates => [qr/TLSGATE0022/],
    conf  => <<'CONF',
Listen @tls@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
TlsGate legacy
TlsGateState $DIR/state.json
TlsGateLog logs/tlsgate.ndjson
TlsGateIdentity header:X-Account
TlsGateAdvice "Start it with -Dhttps.protocols=TLSv1.2" ua=Java
<VirtualHost *:@tls@>
    ServerName api.example.com
    SSLEngine on
    <Location /tlsverification>
        SetHandler tlsgate-verify
    </Location>
</VirtualHost>
CONF
);
$h->start;
my $log = $h->dir . '/logs/tlsgate.ndjson';
my $lines = 0;

sub seen {
    my (%o) = @_;
    ask(port => $h->port, tls => 'TLSv1', sni => 'api.example.com', %o);
    $h->wait_sightings(++$lines);
    return;
}

my $ctl = TlsGate::Ctl::program();
sub report { my (@args) = @_; return said_in($h->dir, 'report', @args) }
my $schema = TlsGate::Schema->new('docs/report.schema.json');
sub json_report {
    my (@args) = @_;
    my $said = report(@args, '--json');
    is($said->{err} =~ s/^tlsgatectl: warning: no client \S+ is in what was read; names are case-sensitive.*\n//r, '', "report @args says nothing else");
    my $document = JSON::PP->new->utf8->decode($said->{out});
    ok($schema->fits($document), '... and fits docs/report.schema.json');
    return $document;
}
sub clients { return { map { $_->{client} => $_->{count} } @{ $_[0]{stragglers} } } }

seen(headers => [ 'X-Account: acme', 'User-Agent: Java/1.7.0_80' ]) for 1 .. 3;
seen(headers => [ 'X-Account: bolt', 'User-Agent: curl/7.29.0' ], tls => 'TLSv1.1');
seen(headers => ['X-Account: acme'], path => '/tlsverification');
$h->set_clock('2018-07-10T09:00:00Z');
seen(headers => [ 'X-Account: acme', 'User-Agent: Java/1.7.0_80' ]);

my $r = json_report($log, '--state', $h->dir . '/state.json');
is_deeply(clients($r), { 'account:acme' => 4, 'account:bolt' => 1 }, 'each client with its requests, and no test');
my ($acme, $bolt) = @{ $r->{stragglers} };
is($acme->{client}, 'account:acme', 'the one with most requests is the first');
like($acme->{first_seen}, qr/^2018-07-01T00:0/, 'when it was seen first');
like($acme->{last_seen}, qr/^2018-07-10T09:0/, 'and last');
is_deeply($acme->{protocols}, { TLSv1 => 4 }, 'its protocol');
is_deeply($bolt->{protocols}, { 'TLSv1.1' => 1 }, 'that of the other');
is_deeply($acme->{user_agents}, ['Java/1.7.0_80'], 'its user agent');
is_deeply($acme->{addresses}, ['127.0.0.1'], 'its address');
is_deeply($acme->{hosts}, ['api.example.com'], 'its host');
is($acme->{advice}, 'Start it with -Dhttps.protocols=TLSv1.2', 'the advice');
is($bolt->{advice}, undef, 'none for the other');
is($acme->{breaks_at}, '2018-08-07T08:40:00Z', 'the cutoff of the running plan');
is($acme->{moved_at}, undef, 'nothing tells that it moved');
is_deeply([ map { "$_->{day} $_->{protocol} $_->{count}" } @{ $r->{by_day} } ],
    [ '2018-07-01 TLSv1 3', '2018-07-01 TLSv1.1 1', '2018-07-10 TLSv1 1' ], 'each day and protocol');
is($r->{records}, 6, 'all lines');
is($r->{tests}, 1, 'of them a test');

# --- what is asked for
is_deeply(clients(json_report($log, '--since', '2018-07-10T09:00:00Z')), { 'account:acme' => 1 }, '--since');
for my $length ('PT1H', 'P3000000D') {
    my $said = report($log, '--since', $length);
    is($said->{status}, $length eq 'PT1H' ? 0 : 2, "--since $length") or diag(explain($said));
    like($said->{err}, qr/--since "P3000000D": it begins before the year 0/, '... why') if $said->{status};
}
is_deeply(clients(json_report($log, '--until', '2018-07-10T09:00:00Z')), { 'account:acme' => 3, 'account:bolt' => 1 }, '--until');
is_deeply(clients(json_report($log, '--top', 1)), { 'account:acme' => 4 }, '--top');
is_deeply(clients(json_report($log, '--client', 'account:bolt')), { 'account:bolt' => 1 }, '--client');
is_deeply(clients(json_report($log, '--client', 'account:bol')), {}, 'one that is not there');
is_deeply(clients(json_report($log, '--client', '127.0.0.1')), {}, 'one that is known by more than its address');
is_deeply(clients(json_report($log, '--group-by', 'ip')), { '127.0.0.1' => 5 }, '--group-by ip');
is_deeply(clients(json_report($log, '--group-by', 'user-agent')), { 'Java/1.7.0_80' => 4, 'curl/7.29.0' => 1 }, '--group-by user-agent');
is_deeply(clients(json_report($log, '--group-by', 'host')), { 'api.example.com' => 5 }, '--group-by host');
is((sort values %{ clients(json_report($log, '--group-by', 'cause')) })[-1], 5, '--group-by cause');
like((keys %{ clients(json_report($log, '--group-by', 'ja4')) })[0], qr/^t1[01]d\d{2}00_[0-9a-f]{12}$/, '--group-by ja4, without extensions');
is_deeply(clients(json_report($log, '--exclude', '10.0.0.0/8')), { 'account:acme' => 4, 'account:bolt' => 1 }, '--exclude of another network');
is_deeply(clients(json_report($log, '--exclude', '10.0.0.0/8', '--exclude', '127.0.0.0/8')), {}, 'of two networks');
is_deeply(clients(json_report($log, '--only', 'would-break')), {}, 'nobody breaks without a plan');
is_deeply(clients(json_report($log, '--only', 'would-break', '--at', '2030-01-01T00:00Z')), { 'account:acme' => 4, 'account:bolt' => 1 }, 'all do with --at');
is(json_report($log, '--at', '2030-01-01T00:00Z')->{stragglers}[0]{breaks_at}, '2030-01-01T00:00:00Z', 'then');
$h->write_file('advice.conf', qq(# of ours\nTlsGateAdvice "Take a newer \\"curl\\"" ua=curl/7\\.2\n));
my %told = map { $_->{client} => $_->{advice} } @{ json_report($log, '--advice', $h->dir . '/advice.conf')->{stragglers} };
is_deeply(\%told, { 'account:acme' => 'Start it with -Dhttps.protocols=TLSv1.2', 'account:bolt' => 'Take a newer "curl"' }, '--advice');

my $csv = report($log, '--format', 'csv')->{out};
like($csv, qr/\Aclient,count,first_seen,last_seen,/, 'CSV has the same first columns');
like($csv, qr/^account:acme,4,2018-07-01T00:0\d:\d\dZ,2018-07-10T09:0\d:\d\dZ,TLSv1,/m, 'and a line for each');
my $table = report($log)->{out};
like($table, qr/^account:acme +4 +1  2018-07-01 \d\d:\d\dZ  2018-07-10 \d\d:\d\dZ /m, 'a table for people');
like($table, qr/^2 of 2 clients, with 5 requests in 6 records$/m, 'with the sums');
like(report($log, '--client', 'account:bolt')->{out}, qr/^1 of 1 clients, with 1 of all 5 requests in 6 records$/m, '... of the client that is asked for');
like(report($log, '--top', 1)->{out}, qr/^1 of 2 clients, with 4 of all 5 requests in 6 records$/m, '... or of those that are listed');
for ([ 'ip', 'address', 'addresses', 1 ], [ 'user-agent', 'user agent', 'user agents', 2 ], [ 'ja4', 'JA4', 'JA4s', qr/[12]/ ], [ 'host', 'host', 'hosts', 1 ], [ 'cause', 'cause', 'causes', qr/[12]/ ]) {
    my ($group, $one, $many, $count) = @$_;
    like(report($log, '--group-by', $group)->{out}, qr/\A\U$one\E +COUNT .*^($count) of \1 $many, with 5 requests in 6 records$/ms, "the words of --group-by $group");
    like(report($log, '--group-by', $group, '--format', 'markdown')->{out}, qr/\A\| $one \| count .*^($count) of \1 $many, with 5 requests; /ms, '... in Markdown');
    like(report($log, '--group-by', $group, '--format', 'html')->{out}, qr/>$count (?:$one|$many), with 5 requests\. .*<th scope="col">\u$one<\/th>/s, '... on a page');
}

# What a line is about is told once.
for (
    [ 'table',    qr/USER AGENT/,    qr/Java\/1\.7\.0_80/ ],
    [ 'markdown', qr/user agent(?= \|)/, qr/Java\/1\.7\.0\\_80/ ],
    [ 'html',     qr/>User agent</,  qr/Java\/1\.7\.0_80/ ],
) {
    my ($format, $heading, $name) = @$_;
    my $by_agent = report($log, '--group-by', 'user-agent', '--format', $format)->{out};
    is(scalar(() = $by_agent =~ /$heading/g), 1, "--group-by user-agent, $format: one column of user agents");
    is(scalar(() = $by_agent =~ /$name/g), 1, '... and each of them once');
    unlike($by_agent, qr/ $/m, '... without blanks at the end of a line') if $format eq 'table';
}
my $columns = sub { my ($line) = @_; return scalar(() = $line =~ /(?<!\\)\|/g) };
for my $group (qw(account user-agent)) {
    my @lines = grep {/^\|/} split /\n/, report($log, '--group-by', $group, '--format', 'markdown')->{out};
    is_deeply([ map { $columns->($_) } @lines ], [ ($group eq 'account' ? 10 : 9) x 4 ], "--group-by $group: each line of Markdown has all columns");
}

my $markdown = report($log, '--format', 'markdown')->{out};
like($markdown, qr/^\| account:acme \| 4 \| 1 \| 2018-07-01 \| 2018-07-10 \|/m, 'Markdown');
my $html = report($log, '--format', 'html', '--top', 1)->{out};
like($html, qr{^<!DOCTYPE html>.*<h1>Who is left</h1>.*<td>account:acme</td><td>4</td><td>1</td>.*</html>\n\z}s, 'a page');
like($html, qr{<svg class="chart".*<rect class="pr3"}s, 'with a chart');
like($html, qr{1 more are not on this page}, 'which says what it leaves out');
like($html, qr{>2 clients, with 5 requests\.}, '... and counts it');
like(report($log, '--format', 'html', '--client', 'account:bolt')->{out}, qr{>1 client, with 1 request\.}, '... and of one client its own');
like(report($log, '--format', 'markdown', '--client', 'account:bolt')->{out}, qr{^1 of 1 clients, with 1 of all 5 requests; }m, '... as in Markdown');
unlike($html, qr{<script|https?://|src=|url\(}i, 'of one file, without a script');

# --- what clients send is text
$h->write_file('hostile', qq({"\@timestamp":"2018-07-10T09:00:00.000Z","user_agent":{"original":"<b>\\u001b[31m|x"},"tlsgate":{"client":"account:<i>,\\"=1","protocol":"TLSv1"}}\n));
my $hostile = $h->dir . '/hostile';
like(report($hostile, '--format', 'html')->{out}, qr{<td>account:&lt;i&gt;,&quot;=1</td>}, 'escaped on a page');
unlike(report($hostile, '--format', 'html')->{out}, qr{\x1b|<b>|<i>}, 'with no markup of theirs');
like(report($hostile, '--format', 'markdown')->{out}, qr{^\| account:\\<i\\>,"=1 \|}m, 'in Markdown');
like(report($hostile, '--format', 'csv')->{out}, qr{^"account:<i>,""=1",1,}m, 'and in CSV');
$h->write_file('formula', qq({"\@timestamp":"2018-07-10T09:00:00.000Z","user_agent":{"original":"=1+2"},"tlsgate":{"client":"account:x","protocol":"TLSv1"}}\n));
like(report($h->dir . '/formula', '--format', 'csv')->{out}, qr{,'=1\+2,}, 'nothing is a formula in CSV');
unlike(join('', map { report($hostile, '--format', $_)->{out} } qw(csv markdown json table)), qr{\x1b}, 'nothing that a terminal acts on');

# --- output that cannot be written is an error, also when it is more than is kept back
my $long = join '', map { sprintf qq({"\@timestamp":"2018-07-10T09:00:00.000Z","tlsgate":{"client":"account:%05d","protocol":"TLSv1"}}\n), $_ } 1 .. 2000;
$h->write_file('long', $long);
is_deeply([ map { $_->{client} } @{ json_report($h->dir . '/long')->{stragglers} } ], [ map { sprintf 'account:%05d', $_ } 1 .. 2000 ], 'a long document is whole');
for my $name ('hostile', 'long') {
    SKIP: {
        skip 'there is no /dev/full', 2 unless -c '/dev/full';
        my $full = report($h->dir . "/$name", '--json', '>/dev/full');
        is($full->{status}, 2, "$name: JSON on a full disk");
        like($full->{err}, qr/cannot write to the standard output/, '... which is said');
    }
    my $closed = report($h->dir . "/$name", '--json', '>&-');
    is($closed->{status}, 2, "$name: JSON for nobody");
    like($closed->{err}, qr/cannot write to the standard output/, '... which is said');
    local $SIG{PIPE} = 'IGNORE';
    pipe(my $nobody, my $to) or die "pipe: $!";
    close $nobody;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open(STDOUT, '>&', $to) or POSIX::_exit(99);
        open(STDERR, '>', $h->dir . '/pipe.err') or POSIX::_exit(99);
        { exec $ctl, '--patience', 0, 'report', $h->dir . "/$name", '--json' }
        POSIX::_exit(98);
    }
    waitpid $pid, 0;
    is($? >> 8, 2, "$name: JSON into a pipe that nobody reads");
    like(TlsGate::Httpd::slurp($h->dir . '/pipe.err'), qr/cannot write to the standard output/, '... which is said');
}

# --- the logs: several, packed, from the standard input, or those of httpd
system("gzip -kf '$log' && cat '$log.gz' '$log.gz' >'$log.2.gz'") == 0 or die 'gzip';
is_deeply(clients(json_report("$log.gz")), clients($r), 'gzip');
is_deeply(clients(json_report("$log.2.gz", $log)), { 'account:acme' => 12, 'account:bolt' => 3 }, 'two in one file, and another one');
is(qx($ctl --patience 0 report - --top 1 --format csv <'$log.gz' | tail -1 | cut -d, -f1,2), "account:acme,4\n", 'the standard input');
is_deeply(clients(json_report('--state', $h->dir . '/state.json')), clients($r), 'without a name those that httpd writes');

# --- refused
$h->set_clock('2018-11-01T00:00:00Z');
seen(tls => 'TLSv1') for 1 .. 2;
$r = json_report($log);
is($r->{failed}, 2, 'two handshakes are refused');
is_deeply(clients($r), { 'account:acme' => 4, 'account:bolt' => 1 }, 'and are no clients');
my ($failed) = @{ $r->{failed_handshakes} };
is("$failed->{client} $failed->{count} $failed->{refused}", 'ip:127.0.0.1 2 2', 'their address');
is_deeply($failed->{probable}, ['account:acme'], 'by address and JA4 they are of one client');
ok(!$failed->{ambiguous}, 'and of no other');
is($r->{stragglers}[0]{probable}, 2, 'which the client has as well');
like(report($log)->{out}, qr/^  ip:127\.0\.0\.1 +2  2018-11-01  probably account:acme$/m, 'in the table too');
is($r->{stragglers}[1]{probable}, 0, 'and not the other, of the same address');

# --- with --top only the longest lists of them; what a client has of the others counts all the same
sub failed_line { my ($ip) = @_; return qq({"\@timestamp":"2018-11-02T09:00:00.000Z","client":{"ip":"$ip"},"tls":{"established":false,"client":{"ja4":"t1"}},"tlsgate":{"client":"ip:$ip","protocol":"TLSv1"}}\n) }
$h->write_file('failures', join '', qq({"\@timestamp":"2018-11-01T09:00:00.000Z","client":{"ip":"192.0.2.3"},"tls":{"client":{"ja4":"t1"}},"tlsgate":{"client":"account:acme","protocol":"TLSv1"}}\n),
    (map { failed_line('192.0.2.1') } 1 .. 3), (map { failed_line('192.0.2.2') } 1 .. 2), failed_line('192.0.2.3'));
for my $top (1, 2, 3) {
    my $few = json_report($h->dir . '/failures', '--top', $top);
    is_deeply([ map { $_->{client} } @{ $few->{failed_handshakes} } ], [ (map { "ip:192.0.2.$_" } 1 .. 3)[ 0 .. $top - 1 ] ], "--top $top of failed handshakes");
    is("$few->{failed_found} $few->{failed} $few->{stragglers}[0]{probable}", '3 6 1', '... with how many there are, and that of the client');
}
my $few = report($h->dir . '/failures', '--top', 2)->{out};
like($few, qr/^Failed handshakes: 6, of 3 kinds by address, JA4 and host; of the 2 with most 0 probably of a client above and 0 of one of several$/m, '... which the table says');
like(report($h->dir . '/failures', '--top', 3)->{out}, qr/^Failed handshakes: 6, of which 1 probably of a client above and 0 of one of several$/m, 'where all are there, nothing more');

# --- when they break: by what the lines make of the schedule, and by the networks that are exempt
my $conf = TlsGate::Httpd::slurp($h->dir . '/httpd.conf');
my $breaks = sub { return json_report($log, '--state', $h->dir . '/state.json', @_)->{stragglers} };
for (
    ['report-only', 'TlsGate legacy report-only', undef],
    ['as=observe', 'TlsGate legacy as=observe', undef],
    ['as=cutoff', 'TlsGate legacy as=cutoff', qr/^20[23]\d-/],
    ['as=cutoff, but only reported', 'TlsGate legacy as=cutoff report-only', undef],
    ['as=observe somewhere', "TlsGate legacy as=observe\n<Location /x>\nTlsGate legacy\n</Location>", qr/^2018-08-07T08:40:00Z$/],
) {
    my ($name, $line, $want) = @$_;
    $h->write_file('httpd.conf', $conf =~ s/^TlsGate legacy$/$line/mr);
    ok($h->graceful, "$name: a graceful restart");
    my $plan = sub { my ($row) = @{ $breaks->() }; return $row->{breaks_at} // '' };
    ok($h->wait_until(sub { $plan->() =~ ($want // qr/^$/) }), "... $name") or diag($plan->());
    is(scalar(@{ $breaks->('--only', 'would-break') }), $want ? 2 : 0, '... --only would-break');
}
$h->write_file('httpd.conf', $conf);
ok($h->graceful, 'as before');
$h->write_file('state.json', '{"version": 1, "overrides": [], "exemptions": [{"schedule": "legacy", "network": "127.0.0.0/8", "until": "2095-01-01T00:00:00Z", "owner": "o", "reason": "r", "by": "ops", "since": "2018-07-01T00:00:00Z"},
    {"schedule": "legacy", "client": "account:bolt", "until": "2096-01-01T00:00:00Z", "owner": "o", "reason": "r", "by": "ops", "since": "2018-07-01T00:00:00Z"}]}');
is_deeply([map { $_->{breaks_at} } @{ $breaks->() }], ['2095-01-01T00:00:00Z', '2096-01-01T00:00:00Z'], 'a network that is exempt, and a client of it that is for longer');
my $state = TlsGate::Httpd::slurp($h->dir . '/state.json');
$h->write_file('state.json', '{');
like(report($log, '--state', $h->dir . '/state.json')->{err}, qr/state\.json: .*\. Changes by hand are left out$/m, 'a state that cannot be read is said');
$h->write_file('state.json', $state);
$h->write_file('elsewhere', qq({"\@timestamp":"2018-07-10T09:00:00.000Z","client":{"ip":"192.0.2.1"},"tlsgate":{"client":"account:acme","protocol":"TLSv1"}}\n));
is((json_report($log, $h->dir . '/elsewhere', '--state', $h->dir . '/state.json')->{stragglers})->[0]{breaks_at}, '2018-08-07T08:40:00Z', 'who comes from elsewhere too breaks there');

# Of a log with more days than there is room for, as of a clock that is broken.
$h->write_file('days', join '', map { POSIX::strftime(qq({"\@timestamp":"%Y-%m-%dT09:00:00.000Z","client":{"ip":"192.0.2.1"},"tlsgate":{"client":"account:acme","protocol":"TLSv1"}}\n), gmtime 86400 * $_) } 1 .. 16_386);
like(report($h->dir . '/days')->{out}, qr/^2 records were left out, in whole or in part, because there are more clients, days or names than a report has room for; use --since to narrow the report\n\z/m, 'records without room');
$h->write_file('half', '{');
my $half = report($h->dir . '/half', '--from', 'tlsgate')->{out};
like($half, qr/^Damaged lines: 0, unfinished: 1\n\z/m, '... and without any there is no word of it');

# --- wrong calls
for ([ '--client', 'account:acme', '--group-by', 'ip' ], [ '--client', '192.0.2.0/24' ], [ '--format', 'xml' ], [ '--top', 'x' ], [ '--group-by', 'day' ], [ '--exclude', '10' ], [ '--only', 'all' ], [ '--from', 'none' ], [ '--at', 'soon' ]) {
    my $said = report($log, @$_);
    is($said->{status}, 2, "@$_: a wrong call");
    like($said->{err}, qr/\Q$_->[0]\E/, '... which is named');
}
my $no_trials = report($log, '--trials', '--format', 'csv', '--state', $h->dir . '/state.json');
is("$no_trials->{status} $no_trials->{out}$no_trials->{err}", "2 tlsgatectl: --trials: CSV has a line for each client and none for a trial; write --format json\n", 'trials as CSV are a wrong call');
is(report('/nonexistent/log')->{status}, 2, 'a log that is not there');
$h->finish_ok;
done_testing;
