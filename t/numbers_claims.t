# docs/numbers.md: each of its sentences about what is counted is so in a server; what a sentence says that another test shows, or
# nobody can, is named here. A sentence that is not known here, or one that is gone, fails.
use strict;
use warnings;
use lib 't/lib';

use Test::More;
use TlsGate::Client qw(ask connect_to get json_of);
use TlsGate::Httpd;
use TlsGate::RawHello qw(shake told);
use TlsGate::State qw(document exempt);

my $text = TlsGate::Httpd::slurp('docs/numbers.md') =~ s/\n  / /gr;
my @sentences = $text =~ /^- (.*)$/mg;

my $LEGACY = "TlsGateDeprecate TLSv1 TLSv1.1\nTlsGateAnnounce 2018-06-01T00:00Z\nTlsGateTrial 2018-07-10T09:00Z/2018-07-10T10:00Z\nTlsGateCutoff 2018-08-07T00:00Z";
my $h = TlsGate::Httpd->new(clock => '2018-05-31T23:59:59Z', tolerates => [qr/TLSGATE00(?:09|17|18)/], conf => <<"CONF");
Listen 127.0.0.1:\@tls\@
Listen 127.0.0.1:\@other\@
Listen 127.0.0.1:\@refused\@
Listen 127.0.0.1:\@plain\@
Timeout 20000000
<TlsGateSchedule legacy>
    $LEGACY
</TlsGateSchedule>
<TlsGateSchedule second>
    TlsGateDeprecate TLSv1
    TlsGateCutoff 2018-09-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule reported>
    TlsGateDeprecate TLSv1
    TlsGateCutoff 2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule gone>
    TlsGateDeprecate TLSv1
    TlsGateRefuse 2018-05-01T00:00Z
</TlsGateSchedule>
TlsGateIdentity header:X-Account
TlsGateTrackUpgrades on
TlsGateCensus on
TlsGateLedger 12
TlsGateState \$DIR/state/state.json
TlsGateLog logs/tlsgate.ndjson
<Location /tlsgate-status>
    SetHandler tlsgate-status
    Require all granted
</Location>
<VirtualHost *:\@tls\@>
    SSLEngine on
    TlsGate legacy
    <Location /early>
        TlsGate legacy as=cutoff
    </Location>
    <Location /rehearsed>
        TlsGate legacy as=cutoff report-only
    </Location>
</VirtualHost>
<VirtualHost *:\@other\@>
    SSLEngine on
    TlsGate legacy
    <Location /second>
        TlsGate legacy second
        TlsGate reported report-only
    </Location>
</VirtualHost>
<VirtualHost *:\@refused\@>
    SSLEngine on
    TlsGate gone
</VirtualHost>
<VirtualHost *:\@plain\@>
    TlsGate legacy
</VirtualHost>
CONF
my $state = TlsGate::State->new($h, sub { 1 });
$h->stop_clock('2018-05-31T23:59:59Z');
$h->start;
sub page { my ($query) = @_; return ask(port => $h->port, tls => 'TLSv1.3', path => "/tlsgate-status?$query") }
sub status { return json_of(page('format=json' . ($_[0] // ''))) }
sub totals { return status()->{requests}{totals} }
sub schedule { my ($name) = @_; return (grep { $_->{name} eq $name } @{ status()->{schedules} })[0]{requests}{totals} }
sub come { my ($tls, $path, $account, %o) = @_; return ask(port => $h->port($o{at} // 'tls'), tls => $tls, path => $path, ($o{host} ? (host => $o{host}) : ()), headers => [$account ? "X-Account: $account" : (), @{ $o{headers} || [] }]) }
sub settles { my ($of, $want, $name) = @_; return ok($h->wait_until(sub { eq_hash({ v => $of->() }, { v => $want }) }), $name) || diag(explain($of->())) }
sub entries { my ($client) = @_; return [grep { $_->{client} eq $client } @{ status()->{stragglers}{items} }] }
sub entry { my ($client, $schedule) = @_; return (grep { $_->{schedule} eq $schedule } @{ entries($client) })[0] }
sub hellos { my $t = status()->{census}{total}; return $t->{hellos} }

# In this order, since each begins with what those before it left.
my @CLAIMS = (
    [qr/^\*\*A verdict is what it was then/ => sub {
        come('TLSv1', '/', 'A');
        settles(\&totals, { TLSv1 => { observe => 1 } }, 'a second before the announcement');
        $h->stop_clock('2018-06-01T00:00:00Z');
        come('TLSv1', '/', 'A');
        settles(\&totals, { TLSv1 => { observe => 1, warn => 1 } }, '... stays what it was, and what follows is another one');
    }],
    [qr/^\*\*Deprecated\*\* are all but `none`\. \*\*Rejected\*\* is `reject` alone/ => sub {
        come(@$_) for ['TLSv1', '/early'], ['TLSv1', '/rehearsed'], (['TLSv1.3', '/']) x 5;
        settles(\&totals, { TLSv1 => { observe => 1, warn => 1, reject => 1, 'would-reject' => 1 }, 'TLSv1.3' => { none => 5 } }, 'one of each verdict');
        my $section = page('format=text')->{body} =~ /^Schedule legacy\n(.*?)\n\n/ms ? $1 : '';
        like($section, qr/^Deprecated requests: 4 /m, 'all but none');
        like($section, qr/^Rejected requests: 1 /m, 'reject alone');
        like($section, qr/^Requests that a rejection left alone \(report-only, our pages, ACME\): 1$/m, 'and what was rehearsed');
    }],
    [qr/^\*\*A share is cut and not rounded\*\*/ => sub {
        my ($all) = page('format=text')->{body} =~ /^All since [^\n]*\n(.*?)\n\n/ms;
        my @rows = map { /^(.*): ([\d,]+) \((?:([\d.]+) %|less than 0\.1 %)\)$/ ? [$1, $2 =~ tr/,//dr, $3] : () } split /\n/, $all // '';
        my $sum = 0;
        $sum += $_->[1] for @rows;
        is($sum, 9, 'nine requests');
        is($_->[2], sprintf('%.1f', int(1000 * $_->[1] / $sum) / 10), "$_->[1] of $sum") for @rows;
        cmp_ok(scalar(grep { abs($_->[2] - 100 * $_->[1] / $sum) > 0.05 } @rows), '>', 0, 'one of which would be rounded to another number');
    }],
    [qr/^\*\*The numbers of a schedule\*\* are of the hosts to which it applies somewhere/ => sub {
        come('TLSv1.3', '/', undef, at => 'other') for 1 .. 2;
        come('TLSv1', '/second', undef, at => 'other');
        settles(sub { schedule('second') }, { 'TLSv1.3' => { none => 2 }, TLSv1 => { warn => 1 } }, 'also requests to other paths of its host, and not those of another host');
        is(schedule('legacy')->{'TLSv1.3'}{none}, 7, '... which overlap with those of a schedule of both');
    }],
    [qr/^\*\*What decides about the request counts it\*\*.*Behind a load balancer that ends TLS everything is `cleartext`\.$/ => sub {
        ask(port => $h->port('plain'), path => '/', headers => ['X-Forwarded-Proto: https', 'X-SSL-Protocol: TLSv1']);
        settles(sub { totals()->{cleartext} }, { none => 1 }, 'whatever a header says');
    }],
    [qr/^\*\*A refused handshake is no request\*\*/ => sub {
        my $before = page('format=text')->{body} =~ /^TLS 1\.0: (\d+) /m ? $1 : '';
        is(told(shake(port => $h->port('refused'), legacy => 'TLSv1')), 'alert 70', 'a handshake is refused');
        settles(sub { totals()->{TLSv1}{refuse} }, 1, '... which is a verdict of its own');
        like(page('format=text')->{body}, qr/^TLS 1\.0: $before /m, '... and not among the requests');
    }],
    [qr/^A connection is counted when its hello is read, also if the handshake fails then; what it got only if the handshake ended\.$/ => sub {
        my $gap = sub { my $t = status()->{census}{total}; return $t->{hellos} - $t->{connections} };
        my $before = $gap->();
        is(told(shake(port => $h->port, legacy => 'TLSv1.2')), 'TLSv1.2', 'a client that goes away after the first answer');
        settles($gap, $before + 1, 'is a hello, and got nothing');
    }],
    [qr/^A client that keeps a connection for a day is one/ => sub {
        my $asking = sub { my $before = hellos(); return hellos() - $before }; # that one costs
        my ($own, $before) = ($asking->(), hellos());
        my $s = connect_to(port => $h->port, tls => 'TLSv1.3');
        ask(on => $s, keep => 1, path => '/') for 1 .. 3;
        is(hellos() - $before - $own, 1, 'three requests on a connection are one hello');
        $before = hellos();
        come('TLSv1.3', '/') for 1 .. 3;
        is(hellos() - $before - $own, 3, '... and on three are three');
    }],
    [qr/^A connection is counted before its first request, so those of whoever reads/ => sub {
        my $before = hellos();
        page('format=prometheus') for 1 .. 2;
        is(hellos() - $before, 3, 'two that collect metrics, and the one that looks');
    }],
    [qr/^Without mod_ssl, over plain HTTP and on connections whose hello could not be read nothing is known/ => sub {
        my $before = hellos();
        ask(port => $h->port('plain'), path => '/');
        is(hellos() - $before, 1, 'over plain HTTP there is no hello, but that of whoever looks');
    }],
    [qr/^A client is what \[TlsGateIdentity\]\S* makes of it\. Without one it is an address/ => sub {
        settles(sub { scalar @{ entries('account:A') } }, 1, 'an account');
        is(scalar(grep { $_->{schedule} eq 'legacy' } @{ entries('ip:127.0.0.1') }), 1, 'and an address, which is one client, whoever came from it');
    }],
    [qr/^\*\*How many are left\*\* is told for each schedule in its first sentence/ => 't/status_left.t'],
    [qr/^It has one entry for each schedule, from the first deprecated request on\. It stays when it has moved/ => sub {
        come('TLSv1', '/second', 'A', at => 'other');
        settles(sub { join(' ', sort map { $_->{schedule} } @{ entries('account:A') }) }, 'legacy reported second', 'an entry for each schedule');
        come('TLSv1.3', '/second', 'A', at => 'other');
        settles(sub { scalar(grep { $_->{moved_at} } @{ entries('account:A') }) }, 3, '... which stay when it has moved, with the date');
    }],
    [qr/^The user agent, the host and the JA4 are those of the last time\.$/ => sub {
        come('TLSv1', '/', 'A', host => 'one.example.com', headers => ['User-Agent: first/1']);
        come('TLSv1.1', '/', 'A', host => 'two.example.com', headers => ['User-Agent: last/2']);
        my $last = sub { my $e = entry('account:A', 'legacy') // {}; return join(' ', map { $e->{$_} // '-' } qw(user_agent host)) };
        settles($last, 'last/2 two.example.com', 'the last');
        like(entry('account:A', 'legacy')->{ja4}, qr/^t11/, '... whose hello offers TLS 1.1');
    }],
    [qr/^"It is rejected from" counts trials, exemptions and changes by hand\. Nobody is rejected by a schedule that is only reported\.$/ => sub {
        is(entry('account:A', 'legacy')->{breaks_at}, '2018-07-10T09:00:00Z', 'a trial');
        is(entry('account:A', 'reported')->{breaks_at}, undef, 'not a schedule that is only reported');
        $state->put(document(exempt('legacy', 'account:A', '2018-07-15T00:00:00Z', since => '2018-05-31T00:00:00Z')));
        settles(sub { entry('account:A', 'legacy')->{breaks_at} }, '2018-08-07T00:00:00Z', 'who is exempt during the trial');
        $state->put(document());
    }],
    [qr/^The table has room for \[TlsGateLedger\]\S* entries\. Those seen least recently are dropped first/ => sub {
        come('TLSv1', '/', 'B');
        settles(sub { scalar @{ entries('account:B') } }, 1, 'another client');
        my $forgotten = status()->{stragglers}{forgotten};
        come('TLSv1', '/', "N$_") for 1 .. 11;
        settles(sub { scalar @{ entries('account:N11') } }, 1, 'eleven more, in a table for twelve');
        is(scalar @{ entries('account:A') }, 0, 'those that were seen before the last twelve have left');
        is(scalar @{ entries('account:B') }, 1, '... and no other');
        cmp_ok(status()->{stragglers}{forgotten}, '>', $forgotten, '... which is told');
        like(page('format=text')->{body}, qr/ There is room for 12; \d+ older entries were dropped\./, '... on the page');
        come('TLSv1', '/', 'A');
        settles(sub { (entry('account:A', 'legacy') // {})->{requests} }, 1, 'who comes again begins anew');
    }],
    [qr/^The metric has all of them; the log and the table at most 20 in a second for one address, and 100 in all\. How many more there were is said under "Left out or lost"\.$/ => sub {
        my $all = sub { return page('format=prometheus')->{body} =~ /^tlsgate_failed_handshakes_total\S* (\d+)$/m ? $1 : 0 };
        my $before = $all->();
        my $lines = sub { return scalar(grep { $_->{tls} && $_->{tls}{established} eq 'false' || ($_->{tls} && !$_->{tls}{established}) } $h->sightings) };
        my $logged = $lines->();
        shake(port => $h->port('refused'), legacy => 'TLSv1') for 1 .. 25;
        settles($all, $before + 25, 'all are in the metric');
        cmp_ok($lines->() - $logged, '<', 26, 'and no more in the log: t/rate.t has its limits');
        cmp_ok(status()->{failed_handshakes_left_out}, '>', 4, '... and how many are not there is told');
    }],
    [qr/^They have no account\./ => sub {
        my ($failed) = grep { $_->{tls} && !$_->{tls}{established} } $h->sightings;
        is($failed->{tlsgate}{client}, 'ip:127.0.0.1', 'an address');
        like($failed->{tls}{client}{ja4}, qr/^t10/, '... and a JA4');
    }],
    [qr/^They begin when httpd was first started with a schedule\. A graceful restart keeps them/ => sub {
        my ($since, $totals) = (status()->{since}, totals());
        ok($h->graceful, 'a graceful restart');
        is(status()->{since}, $since, 'they go on');
        is_deeply(totals(), $totals, '... with all that was counted'); # over a stop: t/ledger_file.t
    }],
    [qr/^A scanner offers whatever it likes\./ => 'advice; t/numbers.t has a network that is ignored'],
    [qr/^Counted are those of clients that a schedule concerns/ => 't/failed.t'],
    [qr/^Numbers are of this httpd, not of its neighbours\./ => 'no httpd knows another'],
    [qr/^The history has five minutes for a day and days of UTC for 90 days\./ => 't/unit/ledger.c, and t/unit/last_trial.c'],
    [qr/^A client that no longer comes at all is in no number\./ => 'nobody can tell'],
);
my %known;
for my $claim (@CLAIMS) {
    my ($of, $shown) = @$claim;
    my @found = grep { $_ =~ $of } @sentences;
    is(scalar @found, 1, "in the document: $of");
    $known{$_} = 1 for @found;
    subtest($found[0] // $of, $shown) if ref $shown;
    ok(-e $_, "$_ shows it") for ref $shown ? () : $shown =~ m{(t/\S+\.[ct])}g;
}
is_deeply([grep { !$known{$_} } @sentences], [], 'no sentence is unknown here');
$h->finish_ok;
done_testing;
