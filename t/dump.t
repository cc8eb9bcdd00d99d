#!/usr/bin/perl
# httpd -t -D DUMP_TLSGATE and DUMP_TLSGATE_JSON: the timeline of each schedule and
# its users, in UTC whatever the time zone of the server.
use strict;
use warnings;

use lib 't/lib';
use JSON::PP;
use Test::More;
use TlsGate::Httpd;

my $CONF = <<'CONF';
TlsGate legacy-tls
<VirtualHost *:81>
    ServerName inherits.example.com
    SSLEngine on
</VirtualHost>
<VirtualHost *:82>
    ServerName replaces.example.com
    TlsGate legacy-tls report-only
    <Location /sandbox>
        TlsGate legacy-tls unused-dates as=cutoff report-only
    </Location>
</VirtualHost>
<Location /open>
    TlsGate off
</Location>
<TlsGateSchedule legacy-tls>
    TlsGateDeprecate TLSv1.1 TLSv1
    TlsGateAnnounce  2018-06-01T00:00+02:00
    TlsGateTrial     2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-21T14:00Z share=25%
    TlsGateTrial     2018-07-10T10:00+01:00/2018-07-10T11:23+01:00
    TlsGateCutoff    2018-08-07T09:40+01:00
    TlsGateGrace     2018-08-07T16:25+01:00/2018-08-21T10:00+01:00
    TlsGateRefuse    2018-11-01T00:00Z
    TlsGateInfo      https://developer.example.com/tls
</TlsGateSchedule>
<TlsGateSchedule unused-dates>
    TlsGateDeprecate cleartext kx=RSA "expr=%{HTTP_USER_AGENT} =~ m#^Java/1#"
</TlsGateSchedule>
<TlsGateSchedule nobody>
    TlsGateDeprecate any
</TlsGateSchedule>
CONF

sub dump_of { my ($httpd, $define) = @_; return $httpd->run('-t', '-D', $define) }

# The standard output has only the part for programs.
sub standard_output {
    my ($httpd, $define) = @_;
    my $pid = open(my $out, '-|') // die "fork: $!";
    if (!$pid) {
        open(STDERR, '>', $httpd->dir . '/logs/stderr');
        exec $httpd->command('-t', '-D', $define);
    }
    return do { local $/; <$out> };
}

sub json_of {
    my ($httpd) = @_;
    my ($json) = (dump_of($httpd, 'DUMP_TLSGATE_JSON'))[1] =~ /^(\{\n.*^\}\n)/ms or return;
    return JSON::PP->new->utf8->decode($json);
}

# { schedule => { label => [values] } } of the text.
sub parse {
    my (%of, $name);
    for (split(/\n/, $_[0])) {
        $name = $1 if /^schedule (\S+) \(/;
        push @{ $of{$name}{ $1 =~ s/ +$//r } }, $2 if defined $name && /^  (.{12}) (.*)$/;
    }
    return \%of;
}

# --- the text
my $httpd = TlsGate::Httpd->new(conf => $CONF, clock => '2018-07-01T00:00:00Z');
my ($status, $text) = dump_of($httpd, 'DUMP_TLSGATE');
is($status, 0, 'the text: httpd -t succeeds');
like($text, qr/in UTC, as of 2018-07-01T00:00:0\dZ$/m, 'the text has its time');
like($text, qr{^schedule legacy-tls \(\S+/httpd\.conf:\d+\)$}m, 'the text says where a schedule is defined');
my $of = parse($text);
is_deeply([sort keys %$of], [qw(legacy-tls nobody unused-dates)], 'every schedule');
my %expected = (
    deprecates => ['TLSv1 TLSv1.1'],
    announced  => ['2018-05-31T22:00:00Z'],
    trial      => ['2018-07-20T14:00:00Z/2018-07-20T14:10:00Z every=PT1H until=2018-07-21T14:00:00Z share=25%',
                   '2018-07-10T09:00:00Z/2018-07-10T10:23:00Z'],
    cutoff     => ['2018-08-07T08:40:00Z'],
    grace      => ['2018-08-07T15:25:00Z/2018-08-21T09:00:00Z'],
    refuse     => ['2018-11-01T00:00:00Z'],
    'for good' => ['2018-08-21T09:00:00Z'],
    now        => ['announced, then trial from 2018-07-10T09:00:00Z'],
);
is_deeply([sort @{ $of->{'legacy-tls'}{$_} || [] }], [sort @{ $expected{$_} }], "legacy-tls: $_")
    for sort keys %expected;
my %used = map { $_ => 1 } @{ $of->{'legacy-tls'}{'used by'} };
ok($used{$_}, "legacy-tls is used by $_") for 'main server', 'vhost replaces.example.com:82 report-only',
    'vhost replaces.example.com:82 <Location /sandbox> as=cutoff report-only';
ok((grep { /^vhost inherits\.example\.com:81\b/ } keys %used), 'legacy-tls is used by a vhost that inherits it');
ok(!(grep { m{/open} } keys %used), 'no scope uses it where it is off');
is_deeply($of->{'unused-dates'}, {
    deprecates => ['cleartext kx=RSA expr'],
    now        => ['announced, for good'],
    'used by'  => ['vhost replaces.example.com:82 <Location /sandbox> as=cutoff report-only'],
}, 'a schedule without dates');
is_deeply($of->{nobody}{deprecates}, ['any'], 'any is one trait');
like($of->{nobody}{'used by'}[0], qr/^nothing/, 'an unused schedule');
unlike($text, qr/[+-]\d\d:\d\d\b/, 'no offset: everything is in UTC');
$httpd->{TZ} = 'America/New_York';
is_deeply(parse((dump_of($httpd, 'DUMP_TLSGATE'))[1]), $of, 'the same in another time zone');

# --- the same for programs
my $json = json_of($httpd);
ok($json, 'the JSON is valid');
is($json->{version}, 1, 'its version');
like($json->{time}, qr/^2018-07-01T00:00:0\dZ$/, 'its time');
is_deeply($json->{schedules}, [
    {
        name => 'legacy-tls', deprecates => ['TLSv1', 'TLSv1.1'], phase => 'announced',
        next_change => '2018-07-10T09:00:00Z', next_phase => 'trial', announce => '2018-05-31T22:00:00Z',
        trials => [
            { start => '2018-07-20T14:00:00Z', end => '2018-07-20T14:10:00Z', share_percent => 25,
              every_seconds => 3600, until => '2018-07-21T14:00:00Z' },
            { start => '2018-07-10T09:00:00Z', end => '2018-07-10T10:23:00Z', share_percent => 100,
              every_seconds => undef, until => undef },
        ],
        cutoff => '2018-08-07T08:40:00Z',
        grace => [{ start => '2018-08-07T15:25:00Z', end => '2018-08-21T09:00:00Z' }],
        refuse => '2018-11-01T00:00:00Z', rejected_for_good => '2018-08-21T09:00:00Z',
        info => 'https://developer.example.com/tls',
        status => { trial => undef, cutoff => undef },
    },
    map { { %$_, phase => 'announced', trials => [], grace => [],
            status => { trial => undef, cutoff => undef },
            map { ($_ => undef) } qw(next_change next_phase announce cutoff refuse rejected_for_good info) } }
        { name => 'unused-dates', deprecates => [qw(cleartext kx=RSA expr)] },
        { name => 'nobody', deprecates => ['any'] },
], 'every schedule with all its dates');
my $on = JSON::PP::true;
my $off = JSON::PP::false;
my @replaces = (server => 'vhost replaces.example.com:82');
is_deeply([map { $_->{regex} } @{ $json->{scopes} }], [($off) x 5], 'no location is a regular expression');
is_deeply([sort { "$a->{server}$a->{location}" cmp "$b->{server}$b->{location}" }
        map { my %scope = (%$_, location => $_->{location} // ''); delete $scope{regex}; \%scope } @{ $json->{scopes} }], [
    { server => 'main server', location => '',
        gates => [{ schedule => 'legacy-tls', as => undef, report_only => $off }] },
    { server => 'main server', location => '/open', gates => [] },
    { server => 'vhost inherits.example.com:81', location => '',
        gates => [{ schedule => 'legacy-tls', as => undef, report_only => $off }] },
    { @replaces, location => '', gates => [{ schedule => 'legacy-tls', as => undef, report_only => $on }] },
    { @replaces, location => '/sandbox',
        gates => [map { { schedule => $_, as => 'cutoff', report_only => $on } } qw(legacy-tls unused-dates)] },
], 'every scope with its options');
ok(JSON::PP->new->utf8->decode(standard_output($httpd, 'DUMP_TLSGATE_JSON')),
    'the standard output is nothing but JSON');
like(TlsGate::Httpd::slurp($httpd->dir . '/logs/stderr'), qr/^Syntax OK$/m, 'httpd writes to the standard error');

# --- the present phase follows the clock
for my $case (
    # at                   phase       next        from
    ['2018-05-30T00:00:00Z', 'observe',   'announced', '2018-05-31T22:00:00Z'],
    ['2018-05-31T22:00:00Z', 'announced', 'trial',     '2018-07-10T09:00:00Z'],
    ['2018-07-10T09:00:00Z', 'trial',     'announced', '2018-07-10T10:23:00Z'],
    ['2018-08-07T08:40:00Z', 'cutoff',    'grace',     '2018-08-07T15:25:00Z'],
    ['2018-08-07T15:25:00Z', 'grace',     'cutoff',    '2018-08-21T09:00:00Z'],
    ['2018-08-21T09:00:00Z', 'cutoff',    'refuse',    '2018-11-01T00:00:00Z'],
    ['2018-11-01T00:00:00Z', 'refuse',    undef,       undef],
) {
    my ($at, @stands) = @$case;
    $httpd->set_clock($at);
    is_deeply([@{ json_of($httpd)->{schedules}[0] }{qw(phase next_phase next_change)}], \@stands, "at $at: $stands[0]");
}
is_deeply(parse((dump_of($httpd, 'DUMP_TLSGATE'))[1])->{'legacy-tls'}{now}, ['refuse, for good'],
    'the text, after all changes');

# --- bytes that are not UTF-8 are replaced
my $latin = TlsGate::Httpd->new(conf => $CONF . qq{<Location "/caf\xe9\\"">\nTlsGate nobody\n</Location>\n});
is_deeply([map { $_->{location} } grep { ($_->{gates}[0]{schedule} // '') eq 'nobody' } @{ json_of($latin)->{scopes} }],
    [qq{/caf\x{FFFD}"}], 'a location that is not UTF-8 is in the JSON');

# --- no schedule, and no dump
my $empty = TlsGate::Httpd->new(conf => '', clock => '2018-07-01T00:00:00Z');
($status, $text) = dump_of($empty, 'DUMP_TLSGATE');
is($status, 0, 'without a schedule: httpd -t succeeds');
like($text, qr/^no <TlsGateSchedule> is configured$/m, 'without a schedule: the text says so');
$json = json_of($empty);
is_deeply([@$json{qw(schedules scopes)}], [[], []], 'without a schedule: the JSON is complete and empty');
is((dump_of($httpd, 'SOMETHING_ELSE'))[1] =~ s/^.*<TlsGateSchedule "nobody">: no TlsGate line names it, so it does nothing; write TlsGate nobody .*\n//mr,
    "Syntax OK\n", 'without the define: nothing is printed except a warning about the unused schedule');
my $wrong = TlsGate::Httpd->new(conf => "${CONF}TlsGate nowhere\n");
($status, $text) = dump_of($wrong, 'DUMP_TLSGATE_JSON');
isnt($status, 0, 'a wrong configuration: httpd -t fails');
unlike($text, qr/^\{/m, 'a wrong configuration: nothing is printed');

done_testing;
