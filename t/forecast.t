# What the next trial would have met: said by tlsgatectl schedule from a log and from the ledger, and on
# the page of a real httpd. The numbers are worked out by hand from who came when.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use POSIX ();
use Test::More;
use TlsGate::Clock;
use TlsGate::Ctl;

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

done_testing;
