# What a reload would reject or serve at once: said by httpd -t, and by tlsgatectl check with the
# phase of each schedule. A date in the past by mistake is no error, so somebody has to say it.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Ctl qw(says);

my $NOW     = '2018-07-01T00:00:00Z';
my $RUNNING = <<'CONF';
SSLEngine on
TlsGate legacy
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
TlsGate over
<TlsGateSchedule over>
    TlsGateDeprecate kx=DHE
    TlsGateCutoff    2015-01-01T00:00Z
</TlsGateSchedule>
CONF

sub changed { my ($from, $to) = @_; return $RUNNING =~ s/$from/$to/r }

# What replaces the running configuration; what httpd -t warns of; what check says of the reload;
# its exit status.
my $new_schedule = "TlsGate new\n<TlsGateSchedule new>\nTlsGateDeprecate cleartext kx=RSA\nTlsGateTrial 2018-06-30T00:00Z/P2D\n</TlsGateSchedule>\n";
my @cases = (
    ['nothing', $RUNNING, undef, undef, 0],
    ['a later cutoff', changed('2018-08-07', '2018-09-07'), undef, undef, 1],
    ['a cutoff with the year before', changed('2018-08-07', '2017-08-07') =~ s/2018-06-01/2017-06-01/r,
        'legacy', 'announced -> cutoff: TLS 1.0 and 1.1 are rejected at once', 1],
    ['one more version after the cutoff', changed('kx=DHE', 'kx=DHE TLSv1.2'),
        'over', 'cutoff: TLS 1.2 is rejected at once', 1],
    ['everything after the cutoff', changed('kx=DHE', 'any'),
        'over', 'cutoff: everything is rejected at once', 1],
    ['an expression after the cutoff', changed('kx=DHE', 'kx=DHE "expr=true"'),
        'over', 'cutoff: what its expression matches is rejected at once', 1],
    ['a new schedule in a trial', $RUNNING . $new_schedule,
        'new', 'none -> trial: plain HTTP and RSA key exchange are rejected at once', 1],
    ['the same, only reported', $RUNNING . $new_schedule =~ s/TlsGate new/TlsGate new report-only/r, undef,
        ['new', 'none -> trial: plain HTTP and RSA key exchange are rejected at once'], 1],
    ['one version less after the cutoff', changed('kx=DHE', 'TLSv1') =~ s/2015-01-01/2019-01-01/r, undef,
        ['over', 'cutoff -> announced: DHE key exchange is served again'], 1],
    ['a schedule less', $RUNNING =~ s/TlsGate over.*//sr, undef,
        ['over', 'cutoff -> none: DHE key exchange is served again'], 1],
);
my $ctl = TlsGate::Ctl->new(clock => $NOW, conf => $RUNNING);
for my $case (@cases) {
    my ($name, $conf, $warned, $change, $status) = @$case;
    my ($schedule, $text) = ref $change ? @$change : ($warned, $change);
    $ctl->{httpd}->write_conf("TlsGateState \$DIR/state/state.json\n$conf");
    my (undef, $said) = $ctl->{httpd}->configtest;
    my @warnings = $said =~ /TLSGATE0053: [^\n]*<TlsGateSchedule "([^"]*)">: a reload now changes it, ([^;]*);/g;
    is_deeply(\@warnings, $warned ? [$warned, $text] : [], "$name: httpd -t");
    my $got = says($ctl->run('check'), $status, $text ? qr/^a reload now:\n  \Q$schedule: $text\E$/m : qr/^(?!.*a reload now:)/s, qr/^/, '... check');
    my $json = $ctl->json_of($ctl->run('check', '--json'));
    is_deeply($json->{reload}, $text ? [{ schedule => $schedule, effect => $text =~ /rejected/ ? 'rejects' : 'serves', text => $text }] : [],
        '... for programs');
}

# Where each schedule stands by httpd.conf.
$ctl->{httpd}->write_conf("TlsGateState \$DIR/state/state.json\n$RUNNING");
says($ctl->run('check'), 0, qr/^by httpd\.conf, if it were loaded now:\n  legacy +announced, next cutoff at 2018-08-07 08:40Z[^\n]* \(in 37 days\)\n  over +cutoff, for good$/m, undef, 'the phases');
is_deeply($ctl->json_of($ctl->run('check', '--json'))->{phases},
    [{ schedule => 'legacy', use => 'enforced', phase => 'announced', next => 'cutoff', at => '2018-08-07T08:40:00Z' },
     { schedule => 'over', use => 'enforced', phase => 'cutoff', next => undef, at => undef }], '... for programs');
$ctl->{httpd}->write_conf("TlsGateState \$DIR/state/state.json\n" . changed('TlsGate legacy', 'TlsGate legacy report-only') =~ s{TlsGate over}{}r);
says($ctl->run('check'), 1, qr/^  legacy  announced, next cutoff at [^\n]*; report-only\n  over    cutoff, for good; no TlsGate line names it$/m, qr/^/, 'who is not turned away');
is_deeply([map { $_->{use} } @{ $ctl->json_of($ctl->run('check', '--json'))->{phases} }], [qw(report-only none)], '... for programs');

# Where no plan was written, or it cannot be read, nothing is known of what a reload changes.
my @unknown = (['before the first start with a TlsGateState', sub { unlink "$ctl->{state}.plan" }],
    ['a plan that cannot be read', sub { $ctl->write("$ctl->{state}.plan", '{') }]);
for (@unknown) {
    my ($name, $make) = @$_;
    $make->();
    my (undef, $said) = $ctl->{httpd}->configtest;
    unlike($said, qr/a reload/, "$name: httpd -t says nothing of a reload");
}

# Without a state file nothing is known about what runs; the phases are shown all the same.
$ctl = TlsGate::Ctl->new(clock => $NOW, conf => $RUNNING, runs => 0);
$ctl->{httpd}->write_conf($RUNNING);
says($ctl->run_as({}, TlsGate::Ctl::program(), '--httpd', $ctl->{wrapper}, 'check'), 0, qr/\A(?!.*a reload).*^  over +cutoff, for good$/ms, undef, 'without TlsGateState');

# A configuration that is not there.
says($ctl->run_as({}, TlsGate::Ctl::program(), '--httpd', $ctl->{wrapper}, '--config', '/nonexistent.conf', 'check'), 2, qr/Could not open/,
    qr/httpd rejects its configuration: correct what it says above, or name another one with --config FILE/, 'a file that is not there');
done_testing;
