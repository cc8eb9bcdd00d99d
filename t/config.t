#!/usr/bin/perl
# The rules of a schedule: each has a line that breaks it, the message that
# httpd -t then prints (directive, value, reason, right form), and a good twin.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Httpd;

my $httpd = TlsGate::Httpd->new(conf => '');

my $CUTOFF = 'TlsGateCutoff 2018-08-07T09:40+01:00';
my $REFUSE = 'TlsGateRefuse 2018-11-01T00:00Z';
my $WINDOW = '2018-07-10T10:00Z/PT1H';
my $AS_UTC = 'write 2018-08-07T00:00Z for midnight UTC, or another time, or an offset such as +01:00';
my $RFC3339 = 'write YYYY-MM-DDThh:mmZ for UTC, or an offset such as +01:00';
my $DURATION = 'such as P2W, PT1H or P1DT12H30M';
my $TRAITS = 'SSLv3 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3 cleartext unknown any kx=RSA kx=DHE kx=classical cipher=3DES cipher=RC4 cipher=CBC cipher=SHA1 expr=...';
my $STATUS = 'use a 4xx or 5xx status that httpd knows, other than 401 407 408 416 421 425';
my $HANDSHAKE = 'only protocol versions, key exchanges and ciphers are known in the handshake';
my $ONCE = ['it is given twice', 'keep one of the two lines'];

sub schedule { return join("\n", '<TlsGateSchedule s>', @_, '</TlsGateSchedule>', '') }

sub configtest { $httpd->write_conf($_[0]); return $httpd->configtest }

# The two configurations are lines of a schedule.
sub refused {
    my ($name, $bad, $directive, $value, $reason, $form, $good) = @_;
    my ($status, $said) = configtest(schedule(@$bad));
    isnt($status, 0, "$name: refused");
    my $bracket = $directive =~ /^</ ? '>' : '';
    like($said, qr/^\Q$directive "$value"$bracket\E: [^\n]*\Q$reason\E[^\n]*; [^\n]*\Q$form\E/m,
        "$name: directive, value, reason and right form");
    ($status, $said) = configtest(schedule(@$good));
    is($status, 0, "$name: the good twin is accepted") or diag($said);
}

# Most rules concern one line beside a valid trait.
sub line_refused {
    my ($name, $bad, $value, $reason, $form, $good, @beside) = @_;
    my ($directive) = $bad =~ /^(\S+)/;
    refused($name, ['TlsGateDeprecate TLSv1', @beside, $bad], $directive, $value, $reason, $form,
        ['TlsGateDeprecate TLSv1', @beside, $good]);
}

# --- traits
refused('unknown trait', ['TlsGateDeprecate TLSv1 TLSv1.4'], 'TlsGateDeprecate', 'TLSv1.4',
    'there is no such trait', $TRAITS, ['TlsGateDeprecate TLSv1 TLSv1.1']);
refused('unknown key exchange', ['TlsGateDeprecate kx=ECDHE'], 'TlsGateDeprecate', 'kx=ECDHE',
    'there is no such trait', $TRAITS, ['TlsGateDeprecate kx=DHE']);
refused("unknown class $_->[0]", ["TlsGateDeprecate $_->[0]"], 'TlsGateDeprecate', $_->[0],
    'there is no such trait', $_->[2] . $TRAITS, ["TlsGateDeprecate $_->[1]"])
    for ['cipher=AESGCM', 'cipher=CBC', ''], ['cipher=', 'cipher=RC4', ''], ['cipher=SHA256', 'cipher=SHA1', ''], ['cipher=DES3', 'cipher=3DES', ''],
        ['kx=', 'kx=classical', ''], ['cipher=3DES,CBC', 'cipher=3DES cipher=CBC', 'did you mean cipher=3DES cipher=CBC? Write one or more of: '];
for my $slip (['TLS 1.0', 'TLS', 'TLSv1'], ['TLSv1,TLSv1.1', 'TLSv1,TLSv1.1', 'TLSv1 TLSv1.1'], ['TLSv1 TLS1.1', 'TLS1.1', 'TLSv1.1'], ['RSA', 'RSA', 'kx=RSA']) {
    my ($written, $wrong, $meant) = @$slip;
    refused("a slip: $written", ["TlsGateDeprecate $written"], 'TlsGateDeprecate', $wrong, 'there is no such trait',
        "did you mean $meant? Write one or more of: $TRAITS", ["TlsGateDeprecate $meant"]);
}
refused('bad expression', ['TlsGateDeprecate expr=%{'], 'TlsGateDeprecate', 'expr=%{',
    'the expression cannot be read: ', 'write an expression of httpd such as "expr=',
    ['TlsGateDeprecate "expr=%{HTTP_USER_AGENT} =~ m#^Java/1#"']);
for my $file (q(expr=-F '/x'), q(expr=%{HTTPS} == 'on' && !-F '%{DOCUMENT_ROOT}/x')) {
    refused("a file of the request: $file", [qq(TlsGateDeprecate "$file")], 'TlsGateDeprecate', $file,
        'the operator -F is about a file of the request, which is not known yet', 'write -f with a full path, or -U with a URL',
        [q(TlsGateDeprecate "expr=-f '/x' || -U '/x' || %{HTTP_USER_AGENT} =~ /[a-fA-F]-FX/")]);
}
refused('no trait in the line', ['TlsGateDeprecate'], 'TlsGateDeprecate', '',
    'no trait is given', $TRAITS, ['TlsGateDeprecate any']);
refused('no trait in the schedule', [$CUTOFF], '<TlsGateSchedule', 's',
    'the schedule has no trait to deprecate', 'add a line such as TlsGateDeprecate TLSv1 TLSv1.1',
    [$CUTOFF, 'TlsGateDeprecate unknown']);

# --- instants: the fix is shown
for my $d (qw(TlsGateAnnounce TlsGateCutoff TlsGateRefuse)) {
    line_refused("$d: date without time", "$d 2018-08-07", '2018-08-07',
        'no time and no offset', $AS_UTC, "$d 2018-08-07T00:00Z");
    line_refused("$d: date without offset", "$d 2018-08-07T09:40", '2018-08-07T09:40', 'no offset',
        'write 2018-08-07T09:40Z for UTC', "$d 2018-08-07T09:40Z");
    line_refused("$d: fraction", "$d 2018-08-07T09:40:00.5Z", '2018-08-07T09:40:00.5Z',
        'without fractions', 'write 2018-08-07T09:40:00Z', "$d 2018-08-07T09:40:00-00:30");
    line_refused("$d: two", "$d 2018-08-07T09:40Z 2018-08-08T09:40Z",
        '2018-08-07T09:40Z 2018-08-08T09:40Z', 'it expects one instant', $RFC3339,
        "$d 2018-08-08T09:40Z");
    line_refused("$d: date and time apart", "$d 2018-08-07 09:40Z", '2018-08-07 09:40Z',
        'it expects one instant', 'write 2018-08-07T09:40Z', "$d 2018-08-07T09:40Z");
    line_refused("$d: twice", "$d 2018-08-08T09:40Z", '2018-08-08T09:40Z', @$ONCE, '',
        "$d 2018-08-08T09:40Z");
}
# The fix has the date that was written, and never that of an example.
line_refused(@$_[0, 1], $_->[1] =~ s/^\S+ //r, $_->[2], $_->[3] // $RFC3339, $CUTOFF) for (
    ['a word',        'TlsGateCutoff soon',                 'this is not a date'],
    ['month 13',      'TlsGateCutoff 2018-13-07T09:40Z',    'there is no month 13'],
    ['29 February',   'TlsGateCutoff 2018-02-29T09:40Z',    '2018-02 has no day 29'],
    ['hour 24',       'TlsGateCutoff 2018-02-28T24:00Z',    'there is no time 24:00:00'],
    ['compact offset', 'TlsGateCutoff 2018-08-07T09:40+0100', '"+0100" is not an offset', 'write 2018-08-07T09:40+01:00'],
    ['trailing junk', 'TlsGateCutoff 2018-08-07T09:40ZZ',   '"Z" follows the instant', 'write 2018-08-07T09:40Z for UTC'],
    ['leap second inside a month', 'TlsGateCutoff 2018-08-07T09:40:60Z', 'a leap second can only end'],
);

# --- intervals
for my $case (['TlsGateTrial'], ['TlsGateGrace', 'TlsGateCutoff 2018-01-01T00:00Z']) {
    my ($d, @beside) = @$case;
    line_refused("$d: $$_[0]", "$d $$_[1]", @$_[1, 2, 3], "$d $WINDOW", @beside) for (
        ['end before start', '2018-07-10T10:00Z/2018-07-10T09:00Z', 'ends before its start',
            'write start/end or start/duration'],
        ['empty, with offsets', '2018-07-10T10:00Z/2018-07-10T11:00+01:00', 'the window is empty',
            'write start/end or start/duration'],
        ['empty duration', '2018-07-10T10:00Z/PT0S', 'zero is empty', $DURATION],
        ['months', '2018-07-10T10:00Z/P1M', 'months and years differ in length', $DURATION],
        ['years', '2018-07-10T10:00Z/P1Y', 'months and years differ in length', $DURATION],
        ['fraction', '2018-07-10T10:00Z/PT0.5H', '"PT0.5H" is not a duration', $DURATION],
        ['dates only', '2018-07-10/2018-07-11', 'no time and no offset',
            'write 2018-07-10T00:00Z for midnight UTC'],
        ['end without offset', '2018-07-10T10:00Z/2018-07-10T11:00', 'no offset',
            'write 2018-07-10T11:00Z for UTC'],
        ['no interval', '2018-07-10T10:00Z', 'this is not an interval', 'write start/end or start/duration: 2018-07-10T10:00Z/PT1H is one hour'],
    );
}

# --- trials: no overlap, and before the cutoff
line_refused('overlapping trials', 'TlsGateTrial 2018-07-10T10:59:59Z/PT1H',
    '2018-07-10T10:59:59Z/2018-07-10T11:59:59Z', 'it overlaps the trial before it',
    'use windows that do not overlap', 'TlsGateTrial 2018-07-10T11:00Z/PT1H', "TlsGateTrial $WINDOW");
line_refused('a trial in a repetition', 'TlsGateTrial 2018-07-10T22:05Z/PT2M',
    '2018-07-10T22:05:00Z/2018-07-10T22:07:00Z', 'it overlaps the trial before it',
    'use windows that do not overlap', 'TlsGateTrial 2018-07-10T22:10Z/PT2M',
    'TlsGateTrial 2018-07-10T10:00Z/PT10M every=PT1H until=2018-07-11T10:00Z');
line_refused('trial at the cutoff', 'TlsGateTrial 2018-08-07T08:40Z/PT1H',
    '2018-08-07T08:40:00Z/2018-08-07T09:40:00Z', 'the trial is at or after the cutoff',
    'end every trial at or before the cutoff', 'TlsGateTrial 2018-08-07T07:40Z/PT1H', $CUTOFF);
line_refused('trial after the cutoff', 'TlsGateTrial 2018-09-07T08:40Z/PT1H',
    '2018-09-07T08:40:00Z/2018-09-07T09:40:00Z', 'the trial is at or after the cutoff',
    'end every trial at or before the cutoff', 'TlsGateTrial 2018-07-07T08:40Z/PT1H', $CUTOFF);
line_refused('trial past the cutoff', 'TlsGateTrial 2018-08-07T07:40:01Z/PT1H',
    '2018-08-07T07:40:01Z/2018-08-07T08:40:01Z', 'the trial reaches past the cutoff',
    'end every trial at or before the cutoff', 'TlsGateTrial 2018-08-07T07:40Z/PT1H', $CUTOFF);
line_refused('repetition past the cutoff', 'TlsGateTrial 2018-08-07T06:00Z/PT10M every=PT1H until=2018-08-07T10:00Z',
    '2018-08-07T09:00:00Z/2018-08-07T09:10:00Z', 'the trial is at or after the cutoff',
    'end every trial at or before the cutoff',
    'TlsGateTrial 2018-08-07T06:00Z/PT10M every=PT1H until=2018-08-07T08:40Z', $CUTOFF);
line_refused('trial after a Refuse without a cutoff', 'TlsGateTrial 2018-11-01T00:00Z/PT1H',
    '2018-11-01T00:00:00Z/2018-11-01T01:00:00Z', 'the trial is at or after the cutoff',
    'end every trial at or before the cutoff', 'TlsGateTrial 2018-10-31T23:00Z/PT1H', $REFUSE);

# --- trials that repeat, and shares
line_refused(@$_[0, 1], $_->[1] =~ s/^\S+ //r, @$_[2 .. 4]) for (
    ['window longer than its period', "TlsGateTrial 2018-07-10T10:00Z/PT61M every=PT1H until=2018-07-12T00:00Z",
        'the repeating window is longer than its period', 'use a shorter window or a longer every=',
        "TlsGateTrial $WINDOW every=PT1H until=2018-07-12T00:00Z"],
    ['every without until', "TlsGateTrial $WINDOW every=PT2H", 'every= and until= need each other',
        'every=PT1H until=END', "TlsGateTrial $WINDOW every=PT2H until=2018-07-12T00:00Z"],
    ['until without every', "TlsGateTrial $WINDOW until=2018-07-12T00:00Z", 'every= and until= need each other',
        'every=PT1H until=END', "TlsGateTrial $WINDOW"],
    ['until at the first start', "TlsGateTrial $WINDOW every=PT2H until=2018-07-10T10:00Z",
        'until= is not after the first window starts', 'use an until= after the start',
        "TlsGateTrial $WINDOW every=PT2H until=2018-07-10T10:00:01Z"],
    ['until without time', "TlsGateTrial $WINDOW every=PT2H until=2018-07-12", 'no time and no offset',
        'write 2018-07-12T00:00Z for midnight UTC', "TlsGateTrial $WINDOW every=PT2H until=2018-07-12T00:00Z"],
    ['every month', "TlsGateTrial $WINDOW every=P1M until=2018-07-12T00:00Z", 'months and years differ',
        $DURATION, "TlsGateTrial $WINDOW every=P4W until=2018-07-12T00:00Z"],
    ['unknown option of a trial', "TlsGateTrial $WINDOW colour=red", '"colour=red" is not an option of a trial',
        'write INTERVAL [every=DURATION until=INSTANT] [share=N%]', "TlsGateTrial $WINDOW share=25%"],
    ['share twice', "TlsGateTrial $WINDOW share=1% share=2%", 'share= is given twice',
        'write INTERVAL [every=DURATION until=INSTANT] [share=N%]', "TlsGateTrial $WINDOW share=2%"],
    (map { ["share $$_[0]", "TlsGateTrial $WINDOW share=$$_[0]", "share=$$_[0] is not a whole number",
        'write share=1% to share=100%', "TlsGateTrial $WINDOW share=$$_[1]"] }
        ['0%', '1%'], ['101%', '100%'], ['-1%', '9%'], ['25', '25%'], ['1.5%', '2%'], ['x%', '50%']),
);
line_refused('too many windows', 'TlsGateTrial 2018-07-10T10:00Z/PT1S every=PT2S until=2019-07-12T00:00Z',
    '2018-07-10T10:00:00Z/2018-07-10T10:00:01Z every=PT2S until=2019-07-12T00:00:00Z',
    'more than 65536 windows', 'use a longer every= or an earlier until=',
    'TlsGateTrial 2018-07-10T10:00Z/PT1S every=PT2H until=2019-07-12T00:00Z');

# --- Announce, Cutoff, Grace and Refuse in order
line_refused('Announce after Cutoff', 'TlsGateAnnounce 2018-08-07T08:40:01Z', '2018-08-07T08:40:01Z',
    'it is announced after the cutoff', 'announce before the cutoff',
    'TlsGateAnnounce 2018-08-07T08:40Z', $CUTOFF);
line_refused('Announce after a Refuse without a cutoff', 'TlsGateAnnounce 2018-12-01T00:00Z',
    '2018-12-01T00:00:00Z', 'it is announced after the cutoff', 'announce before the cutoff',
    'TlsGateAnnounce 2018-06-01T00:00Z', $REFUSE);
line_refused('grace before the cutoff', 'TlsGateGrace 2018-08-07T08:39:59Z/PT1H',
    '2018-08-07T08:39:59Z/2018-08-07T09:39:59Z', 'it starts before the cutoff',
    'start the grace window at or after the cutoff', 'TlsGateGrace 2018-08-07T08:40Z/PT1H', $CUTOFF);
line_refused('grace past Refuse', 'TlsGateGrace 2018-10-31T23:00:01Z/PT1H',
    '2018-10-31T23:00:01Z/2018-11-01T00:00:01Z', 'it reaches past Refuse',
    'end the grace window at or before TlsGateRefuse', 'TlsGateGrace 2018-10-31T23:00Z/PT1H',
    $CUTOFF, $REFUSE);
refused('grace without cutoff', ['TlsGateDeprecate TLSv1', "TlsGateGrace $WINDOW"], 'TlsGateGrace',
    '2018-07-10T10:00:00Z/2018-07-10T11:00:00Z', 'a grace window needs a cutoff',
    'start the grace window at or after the cutoff',
    ['TlsGateDeprecate TLSv1', "TlsGateGrace $WINDOW", 'TlsGateCutoff 2018-07-10T10:00Z']);
line_refused('overlapping grace', 'TlsGateGrace 2018-08-08T08:00Z/P1D',
    '2018-08-08T08:00:00Z/2018-08-09T08:00:00Z', 'it overlaps the grace window before it',
    'join the two windows into one', 'TlsGateGrace 2018-08-09T08:40Z/P1D',
    $CUTOFF, 'TlsGateGrace 2018-08-07T08:40Z/P2D');
line_refused('Refuse before Cutoff', 'TlsGateRefuse 2018-08-07T08:39:59Z', '2018-08-07T08:39:59Z',
    'it is before the cutoff', 'refuse at or after TlsGateCutoff',
    'TlsGateRefuse 2018-08-07T08:40Z', $CUTOFF);
for my $trait (qw(cleartext unknown any "expr=true")) {
    refused("Refuse with $trait", ["TlsGateDeprecate TLSv1 $trait", $REFUSE], 'TlsGateRefuse',
        '2018-11-01T00:00:00Z', $HANDSHAKE, 'a schedule without TlsGateRefuse',
        ["TlsGateDeprecate TLSv1 $trait", 'TlsGateCutoff 2018-11-01T00:00Z']);
}

# --- status and info
for my $code (qw(401 407 408 416 421 425 399 600 299 420 499 abc 4030)) {
    line_refused("status $code", "TlsGateStatus $code", $code, 'that status cannot be used', $STATUS,
        'TlsGateStatus 503');
}
line_refused(@$_[0, 1], $_->[1] =~ s/^\S+ ?//r, @$_[2 .. $#$_]) for (
    ['status of a trial', 'TlsGateStatus trial 401', 'that status cannot be used', $STATUS, 'TlsGateStatus trial 400'],
    ['status of what', 'TlsGateStatus grace 403', 'trial or cutoff and a status', 'write TlsGateStatus 403',
        'TlsGateStatus cutoff 500'],
    ['no status', 'TlsGateStatus', 'it expects a status', 'write TlsGateStatus 403', 'TlsGateStatus 511'],
    ['status twice', 'TlsGateStatus 403', @$ONCE, '', 'TlsGateStatus 410'],
    ['status of a trial twice', 'TlsGateStatus trial 403', @$ONCE, 'TlsGateStatus cutoff 403',
        'TlsGateStatus trial 410'],
    ['info twice', 'TlsGateInfo https://example.com/b', @$ONCE, '', 'TlsGateInfo https://example.com/a'],
    (map { ["info $_", "TlsGateInfo $_", 'it is not a link',
        'write an absolute URL such as https://developer.example.com/tls', 'TlsGateInfo http://example.com/tls?a=b#c'] }
        '/tls', 'ftp://example.com/', 'mailto:tls@example.com', 'https://', 'http:///tls', 'https://example.com/a b'),
);
for my $traits ('any', 'SSLv3 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3') {
    refused("426 for $traits", ["TlsGateDeprecate $traits", 'TlsGateStatus trial 426'], 'TlsGateStatus',
        '426', 'it deprecates the newest version', 'use 410 or 403',
        ["TlsGateDeprecate $traits", 'TlsGateStatus 410']);
}

done_testing;
