# What the next trial would have met: said by tlsgatectl schedule from a log and from the ledger, and on
# the page of a real httpd. The numbers are worked out by hand from who came when.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use POSIX ();
use Test::More;
use TlsGate::Client qw(get json_of);
use TlsGate::Clock;
use TlsGate::Ctl;
use TlsGate::Httpd;
use TlsGate::Schema;
use TlsGate::State qw(document exempt);

my $MONDAY = TlsGate::Clock::epoch('2018-06-25T00:00:00Z');
my ($HOUR, $DAY, $WEEK) = (3600, 86400, 7 * 86400);
my $ctl = TlsGate::Ctl->new(clock => '2018-07-09T12:00:00Z', conf => <<'CONF');
TlsGate legacy quarter over
TlsGateIdentity header:X-Account
<VirtualHost *:81>
    ServerName api.example.com
    SSLEngine on
</VirtualHost>
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-07-10T10:03Z/2018-07-10T10:13Z
    TlsGateTrial     2018-07-12T10:00Z/2018-07-12T11:00Z
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule quarter>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-07-10T10:00Z/PT1H share=25%
</TlsGateSchedule>
<TlsGateSchedule over>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-07-01T00:00Z
</TlsGateSchedule>
CONF
my $dir = $ctl->{dir};
sub line_of {
    my ($client, $after, $schedule) = @_;
    my $time = POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime($MONDAY + $after));
    return qq({"\@timestamp":"$time.000Z","tlsgate":{"client":"account:$client","protocol":"TLSv1","schedule":"@{[ $schedule // 'legacy' ]}"}}\n);
}
sub said { my (@args) = @_; return $ctl->run('schedule', @args) }
sub met {
    my (@args) = @_;
    my $document = $ctl->json_of(said(@args, '--json'));
    return $document->{schedules}[0]{next_trial_met};
}

# Two weeks. On Tuesdays: A twelve times from 10:00 in the first week; B once a week in the next five
# minutes; C ten times after 10:10 in the second; D after 10:15, E on Wednesdays, F before 10:00.
my $TUESDAY = $DAY + 10 * $HOUR;
my $log = "$dir/log";
$ctl->write($log, join('',
    (map { line_of('A', $TUESDAY + 10 * $_) } 1 .. 12),
    line_of('F', $TUESDAY - 1), line_of('E', $TUESDAY + $DAY),
    (map { line_of('B', $TUESDAY + 400 + $_ * $WEEK) } 0, 1),
    line_of('D', $TUESDAY + 900), (map { line_of('C', $TUESDAY + 600 + $WEEK + $_) } 1 .. 10), line_of('late', 13 * $DAY + 23 * $HOUR)));
my $met = met('legacy', '--log', $log);
is("$met->{start} $met->{end}", '2018-07-10T10:03:00Z 2018-07-10T10:13:00Z', 'the next trial');
is_deeply($met->{first}, [ 'account:A', 'account:B', 'account:C' ], 'who came at the same times of a week, the first ones');
# Two of five minutes of A's 6 a week, all of B's 1, three of five of C's 5.
is("$met->{clients} $met->{requests} $met->{known_clients} $met->{weeks}", '3 ' . int(6 * 2 / 5 + 1 + 5 * 3 / 5 + 0.5) . ' 7 2', 'what an average week has there');
ok(!$met->{estimated}, '... which is no estimate');
is(met('legacy', '--log', $log, '--at', '2018-07-11T00:00Z')->{clients}, 0, 'the trial after it meets nobody');
is(met('legacy', '--log', $log, '--since', '2018-07-02T00:00Z')->{clients}, 2, '--since counts');
my $text = said('legacy', '--log', $log);
like($text->{out}, qr/^  next trial  2018-07-10T10:03:00Z to 2018-07-10T10:13:00Z: 6 requests a week of 3 clients came at these times of a week, from 2018-06-26T09:55:00Z to 2018-07-08T23:05:00Z: account:A, account:B and account:C$/m, 'as text');
like(said('legacy', '--log', $log, '--at', '2018-07-11T00:00Z')->{out}, qr/^  next trial  .*: nobody came at these times of a week, from /m, '... where it is nobody');
unlike(said('legacy')->{out}, qr/next trial/, 'without a log nothing is said');
is(met('over', '--log', $log), undef, 'where no trial is to come there is nothing to say');
unlike(said('over', '--log', $log)->{out}, qr/next trial/, '... in either form');
is($text->{status}, 0, 'it ends with 0');

# --- a share
$ctl->write("$dir/many", join('', map { line_of("client-$_", $TUESDAY + $_, 'quarter') } 1 .. 400));
my $met_by = met('quarter', '--log', "$dir/many");
my $in = 0;
for my $n (1 .. 20) {
    my $said = $ctl->run('simulate', 'quarter', '--json', '--client', "account:client-$n", '--protocol', 'TLSv1', '--at', '2018-07-10T10:30:00Z');
    $in++ if $said->{out} =~ /"phase": ?"trial"/;
}
cmp_ok($met_by->{clients}, '>', 70, 'of a share of 25 % about a quarter are met');
cmp_ok($met_by->{clients}, '<', 130, '... and no more');
$ctl->write("$dir/few", join('', map { line_of("client-$_", $TUESDAY + $_, 'quarter') } 1 .. 20));
is(met('quarter', '--log', "$dir/few")->{clients}, $in, 'those whom the policy rejects then');

# --- a log without such clients, and errors
$ctl->write("$dir/none", line_of('A', 0) =~ s/TLSv1"/TLSv1.2"/r =~ s/legacy/other/r);
like(said('legacy', '--log', "$dir/none")->{out}, qr/it is not known whom it would meet: no client of this schedule was seen/, 'where nobody was seen nothing is known');
for (
    [ [ '--log', $log ],                                 qr/say for which schedule: tlsgatectl schedule legacy/ ],
    [ [ 'legacy', '--log', "$dir/missing" ],             qr/missing/ ],
    [ [ 'legacy', '--log', $log, '--ledger', $log ],     qr/give --log or --ledger, not both/ ],
    [ [ 'legacy', '--ledger', $log ],                    qr/it is not what tlsgate-status says as JSON/ ],
) {
    my ($args, $error) = @$_;
    my $wrong = said(@$args);
    is($wrong->{status}, 2, "schedule @$args") or diag($wrong->{err});
    like($wrong->{err}, $error, '... is answered');
}

# --- the page of a real httpd: on a Monday after ten A comes four times and B twice, C on the next day.
my $schema = TlsGate::Schema->new('docs/ledger.schema.json');
my $h = TlsGate::Httpd->new(clock => '2018-07-09T09:50:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@
TlsGateIdentity header:X-Account
TlsGateState $DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-07-16T10:00Z/PT30M
    TlsGateTrial     2018-07-17T10:00Z/PT10M
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
TlsGate legacy
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
<VirtualHost *:@tls@>
    SSLEngine on
</VirtualHost>
CONF
$h->stop_clock('2018-07-09T09:50:00Z');
my $state = TlsGate::State->new($h, sub { get($h->port, 'TLSv1', '/', 'X-Account: asks') });
$h->start;
sub status { my ($format) = @_; return get($h->port, 'TLSv1.3', "/status?format=$format") }
sub next_trial { my $document = json_of(status('json')); ok($schema->fits($document), 'the document fits its schema') or diag($schema->wrong); return $document->{schedules}[0]{next_trial} }
sub come { my ($account, $times) = @_; get($h->port, 'TLSv1', '/', "X-Account: $account") for 1 .. $times; return }
sub counted { my ($n) = @_; return $h->wait_until(sub { my $sum = 0; $sum += $_->{requests} for @{ json_of(status('json'))->{stragglers}{items} }; $sum == $n }) }
is(next_trial(), undef, 'where nobody was seen nothing is said');
$h->stop_clock('2018-07-09T10:05:00Z');
come('A', 4);
come('B', 2);
ok(counted(6), 'six requests');
ok($h->wait_until(sub { (json_of(status('json'))->{collected} // '') ge '2018-07-09T10:05:00Z' }), '... which are in the history');
$h->stop_clock('2018-07-09T11:00:00Z');
my $next = next_trial();
is_deeply($next, { start => '2018-07-16T10:00:00Z', end => '2018-07-16T10:30:00Z', clients => 2, requests_estimated => 3, first => $next->{first}, requests_of_last_day => 6, history_start => '2018-07-09T10:05:00Z', complete => JSON::PP::true },
    'the next trial: who was seen in its hour, half of what they sent in it, and what was counted at its times');
is_deeply([ sort @{ $next->{first} } ], [ 'account:A', 'account:B' ], '... by their names');
like(status('text')->{body}, qr/2 clients were seen at these hours of the week, with about 3 requests: account:[AB] and account:[AB]; at these times of the last\s+24 hours 6 deprecated requests\s+were counted; from\s+55\s+minutes\s+of\s+history:\s+nothing\s+is\s+known\s+of\s+the\s+other\s+times\s+of\s+a\s+week/, '... and the page says it, and how short the history is');
$state->put(document(exempt('legacy', 'account:A', '2018-07-16T11:00:00Z')));
ok($h->wait_until(sub { (next_trial() // {})->{clients} == 1 }), 'who is exempt then does not count');
is(join(' ', @{ next_trial() }{qw(requests_estimated first)} ) =~ s/ARRAY.*/next_trial()->{first}[0]/er, '1 account:B', '... nor do its requests');
$state->put(document(exempt('legacy', 'account:A', '2018-07-16T10:29:59Z')));
ok($h->wait_until(sub { next_trial()->{clients} == 2 }), 'who is exempt for a part of it does');
$h->stop_clock('2018-07-10T10:20:00Z');
come('C', 1);
ok(counted(7), 'a seventh');
$next = next_trial();
is($next->{requests_of_last_day}, undef, 'what is more than a day ago is not known any more');
is($next->{clients}, 2, '... but who came at these hours of a week is');
$h->stop_clock('2018-07-16T10:30:00Z');
$next = next_trial();
is("$next->{start} $next->{clients} $next->{first}[0] $next->{requests_of_last_day}", '2018-07-17T10:00:00Z 1 account:C 0', 'the trial after it is about another day');
my $page = $h->write_file('status.json', status('json')->{body});
$ctl->write("$dir/page", TlsGate::Httpd::slurp($h->dir . '/status.json'));
is(met('legacy', '--ledger', "$dir/page", '--at', '2018-07-11T00:00Z')->{clients}, 0, 'tlsgatectl reads the page: nobody on a Thursday');
$met = met('legacy', '--ledger', "$dir/page");
is("$met->{clients} $met->{requests} $met->{estimated} $met->{first}[0]", '1 1 1 account:C', '... and one on a Tuesday, with a part of a request');
like(said('legacy', '--ledger', "$dir/page")->{out}, qr/: about 1 request(?: a week)? of 1 client came at these times of a week, /, '... as text');
unlike(said('legacy', '--ledger', "$dir/page")->{out}, qr/less than a week/, '... from a history that is long enough');
$ctl->write("$dir/short", line_of('A', $TUESDAY) . line_of('A', $TUESDAY + 2 * $DAY));
my $SHORT = qr/That is 2 days, less than a week: nothing is known of the other times\./;
like(said('legacy', '--log', "$dir/short")->{out}, qr/^  next trial  .*\n {14}$SHORT$/m, 'a short history is told');
like($ctl->run('propose', "$dir/short", '--schedule', 'legacy', '--after', '2018-07-13T00:00Z', '--until', '2018-07-31T00:00Z')->{out}, qr/^# $SHORT Who comes only then is not among these clients, and is not met: with a log of a week or more this is worth more\.$/m, '... as propose does, with what it is worth');
is($ctl->run('propose', '--ledger', "$dir/page", '--schedule', 'legacy', '--reach', '100%', '--after', '2018-07-13T00:00Z', '--until', '2018-07-31T00:00Z')->{out} =~ s/^(?:#.*)?\n//mgr,
    "TlsGateTrial 2018-07-16T10:00:00Z/PT1H\nTlsGateTrial 2018-07-17T10:00:00Z/PT1H\n", 'and trials are proposed from it');
$h->stop_clock('2018-07-18T00:00:00Z');
is(next_trial(), undef, 'without a trial to come nothing is said');
$h->finish_ok;

done_testing;
