#!/usr/bin/perl
# tlsgatectl: each command, its standard output and error, and its exit status.
use strict;
use warnings;

use lib 't/lib';
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use POSIX ();
use Test::More;
use TlsGate::Ctl qw(says);

my $NOW = '2018-08-08T12:00:00Z'; # after the cutoff
my $END = '2018-08-21T09:00:00Z';
my @WHY = (qw(--reason because --by ops));

sub fresh { return TlsGate::Ctl->new(@_) }

my $DONE = qr/^tlsgatectl: written: \S+/m;

# --- usage
my $ctl = fresh();
my $program = TlsGate::Ctl::program();
sub bare { return $ctl->run_as({}, $program, @_) }
says(bare('--help'), 0, qr/^Usage: tlsgatectl .*^  suspend  .*^  --state FILE/ms, undef, 'the help is data');
says(bare('--version'), 0, qr/^tlsgatectl \d+\.\d+\n\z/, undef, 'the version');
says(bare(), 2, undef, qr/^Usage: tlsgatectl /, 'without a command');
is(bare(@$_)->{out}, bare('--help')->{out}, "@$_ is --help") for ['help'], ['-h'];
is(bare(@$_)->{out}, bare('suspend', '--help')->{out}, "@$_ too, of a command") for [qw(help suspend)], [qw(suspend -h)], [qw(suspend legacy-tls --reason x -h)];
says(bare('help', 'nonsense'), 2, undef, qr/there is no command "nonsense"/, 'help for what is none');
says(bare('nonsense'), 2, undef, qr/^tlsgatectl: there is no command "nonsense"\ntlsgatectl: tlsgatectl --help shows the commands\n\z/, 'an unknown command');
says(bare('--nonsense'), 2, undef, qr/^tlsgatectl: there is no option --nonsense\ntlsgatectl: tlsgatectl --help shows the commands\n\z/, 'an unknown option');
says(bare('hash', 'x', '--nonsense'), 2, undef, qr/^tlsgatectl: hash has no option --nonsense\n[^\n]*\n\z/, 'an unknown option after operands');
says(bare('status', '--state'), 2, undef, qr/^tlsgatectl: --state needs a value\n/, 'an option without its value');
says(bare('status', '--json', '--json'), 2, undef, qr/^tlsgatectl: --json is given twice\n/, 'an option that is given twice');
says(bare('status', '--state='), 2, undef, qr/^tlsgatectl: --state is empty/, 'an empty value');
says(bare('hash', 'x', '--at', $NOW), 2, undef, qr/^tlsgatectl: hash has no option --at\ntlsgatectl: tlsgatectl hash --help shows how it is written, with examples\n\z/, 'an option of another command');
says(bare('status', 'more'), 2, undef, qr/^tlsgatectl: status: unexpected operand "more"\n/, 'one operand too many');
says(bare('resume', @WHY), 2, undef, qr/^tlsgatectl: resume: name a schedule, or write --all/, 'one operand too few');
for my $command (qw(schedule check simulate suspend extend trial resume postpone exempt undo audit hash status)) {
    says(bare($command, '--help'), 0, qr/^Usage: tlsgatectl $command /, undef, "the help of $command");
}

# --- suspend, complete
$ctl = fresh();
my @suspend = ('suspend', 'legacy-tls', '--until', '2018-08-21T10:00+01:00', @WHY);
says($ctl->run(@suspend, '--dry-run'), 0, qr/^  now +cutoff  ->  grace$/m,
    qr/\Atlsgatectl: warning: legacy-tls: TLS 1\.0 and 1\.1 stay rejected at \S+ \S+ <Location \/sandbox> by legacy-tls as=cutoff [^\n]*\n\z/, 'dry-run shows the change, and whom it does not bring back');
is($ctl->text . $ctl->text('.audit') . $ctl->text('.lock'), '', 'dry-run writes nothing');
says($ctl->run(@suspend), 2, qr/->  grace/, qr/this is not a terminal: add --yes/, 'without a terminal and --yes: nothing');
is($ctl->text, '', 'and nothing is written');
my $said = $ctl->run('--yes', @suspend);
says($said, 0, qr/^suspend legacy-tls$/m, $DONE, 'with --yes it is done');
like($said->{out}, $_, "it says $_") for qr/^  adds +suspend until $END, by ops: because$/m,
    qr/^  then +refuse from 2018-11-01T00:00:00Z  ->  cutoff from $END$/m, qr/^  cutoff +2018-08-07T08:40:00Z$/m,
    qr/^  for good +2018-08-07T08:40:00Z  ->  $END$/m, qr/^  used by +vhost api\.example\.com:81$/m,
    qr{^  used by +vhost api\.example\.com:81 <Location /sandbox> as=cutoff \(as= beats every change\)$}m,
    qr/then has 1 override and 0 exemptions$/m;
my %entry = (schedule => 'legacy-tls', kind => 'suspend', until => $END, reason => 'because', by => 'ops');
my $document = $ctl->document;
like(delete $document->{overrides}[0]{since}, qr/^2018-08-08T12:00:\d\dZ$/, 'since when');
is_deeply($document, { version => 1, overrides => [\%entry], exemptions => [] }, 'the document');
is((stat $ctl->{state})[2] & 07777, 0644, 'the state is readable for everyone');
is((stat "$ctl->{state}.audit")[2] & 07777, 0640, 'the audit log is not');

my @audit = $ctl->audit;
is_deeply([map { $_->{outcome} } @audit], [qw(begun written)], 'the audit has two lines');
my ($line) = grep { $_->{outcome} eq 'written' } @audit;
is_deeply([@$line{qw(by command schedule from reason)}], ['ops', 'suspend', 'legacy-tls', undef, 'because'], 'who, what and why');
is($line->{to}{until}, $END, 'to what');
like($line->{time}, qr/^2018-08-08T12:00:\d\dZ$/, 'when');

# --- either suspend or trial
says($ctl->run('trial', 'legacy-tls', '--for', 'PT2H', @WHY, '--yes'), 0, qr/^  replaces +suspend until $END.*\n  by +trial until 2018-08-08T14:00:\d\dZ/m,
    qr/replaces its suspend until $END.*in cutoff, which rejects already: a trial changes nothing now.*written/s, 'a trial replaces the suspend and says so');
is_deeply([map { $_->{kind} } @{ $ctl->document->{overrides} }], ['trial'], 'only one of the two is left');
is(($ctl->audit)[-1]{from}{kind}, 'suspend', 'the audit has the previous one');
says($ctl->run('suspend', 'kx', '--for', 'PT1H', @WHY, '--yes'), 0, qr/^suspend kx/, qr/in announced, which serves already: suspending it changes nothing now/, 'a warning about a suspend that does nothing yet');
says($ctl->run('trial', 'kx', '--for', 'PT1H', @WHY, '--yes'), 0, qr/^trial kx/, qr/written/, 'a trial instead');
my $ended = $ctl->run('suspend', 'kx', '--for', 'PT1H', @WHY, '--yes');
says($ended, 0, qr/^suspend kx/, qr/replaces its trial/, 'a suspend that ends it');
unlike($ended->{err}, qr/changes nothing/, '... changes something');
says($ctl->run('resume', 'legacy-tls', 'kx', @WHY, '--yes'), 0, qr/^resume legacy-tls\n  ends +trial .*^resume kx\n  ends +suspend/ms, $DONE, 'resume ends both');
is_deeply($ctl->document->{overrides}, [], 'nothing is left');
says($ctl->run('resume', 'legacy-tls', @WHY, '--yes'), 1, undef, qr/neither suspended nor in a trial by hand/, 'resume with nothing to end is a finding');
says($ctl->run('suspend', '--all', '--for', 'P1D', @WHY, '--yes'), 0, qr/^suspend legacy-tls.*^suspend kx/ms, $DONE, 'all of them');
is(scalar @{ $ctl->document->{overrides} }, 2, 'two overrides');
says($ctl->run('suspend', 'kx', 'kx', '--for', 'P2D', @WHY, '--yes'), 0, qr/\A(?!.*suspend kx.*^suspend kx)/ms, $DONE, 'a name that is given twice counts once');
is(scalar @{ $ctl->document->{overrides} }, 2, 'still two overrides');

# --- what is refused
for my $case (
    [qr/say why: --reason TEXT/,                      'suspend', 'legacy-tls', '--for', 'PT1H'],
    [qr/say when it ends by itself/,                  'suspend', 'legacy-tls', @WHY],
    [qr/--until and --for: write one of them/,            'suspend', 'legacy-tls', '--for', 'PT1H', '--until', $END, @WHY],
    [qr/it is in the past: it is 2018-08-08T12/,     'suspend', 'legacy-tls', '--until', '2018-08-08T11:59:59Z', @WHY],
    [qr/the instant has no time and no offset/,       'suspend', 'legacy-tls', '--until', '2018-08-21', @WHY],
    [qr/no offset, and local time is ambiguous/,      'suspend', 'legacy-tls', '--until', '2018-08-21T09:00', @WHY],
    [qr/months and years differ in length/,           'suspend', 'legacy-tls', '--for', 'P1M', @WHY],
    [qr/it ends after the year 9999/,                 'suspend', 'legacy-tls', '--for', 'P3000000D', @WHY],
    [qr/name a schedule, or write --all/,             'suspend', '--for', 'PT1H', @WHY],
    [qr/--all goes without names/,                    'suspend', 'kx', '--all', '--for', 'PT1H', @WHY],
    [qr/no schedule "other"; there are: legacy-tls, kx/, 'suspend', 'other', '--for', 'PT1H', @WHY],
    [qr/"no name" is not a valid name/,                        'suspend', 'no name', '--for', 'PT1H', @WHY],
    [qr/--reason .*is not one line of UTF-8/,         'suspend', 'kx', '--for', 'PT1H', '--reason', "a\nb"],
    [qr/--reason .*is not one line of UTF-8/,         'suspend', 'kx', '--for', 'PT1H', '--reason', "caf\xE9"],
    [qr/--by .*is not one line of UTF-8/,             'suspend', 'kx', '--for', 'PT1H', '--reason', 'x', '--by', "\e[2J"],
    [qr/--reason: it has more than 512 bytes/,        'suspend', 'kx', '--for', 'PT1H', '--reason', 'x' x 513],
    [qr/say when: --cutoff INSTANT/,                  'postpone', 'legacy-tls', @WHY],
    [qr/the configured cutoff is 2018-08-07T08:40:00Z, and nothing moves it earlier/, 'postpone', 'legacy-tls', '--cutoff', '2018-08-07T08:39:59Z', @WHY],
    [qr/it is in the past/,                           'postpone', 'legacy-tls', '--cutoff', '2018-08-08T11:00Z', @WHY],
    [qr/unexpected operand "kx"/,                      'postpone', 'legacy-tls', 'kx', '--cutoff', $END, @WHY],
    [qr/write exempt add NAME CLIENT, exempt remove NAME CLIENT, exempt import FILE \[NAME\]/, 'exempt', 'legacy-tls'],
    [qr/exempt: name a client: account:NAME/,         'exempt', 'add', 'legacy-tls', '--for', 'PT1H', @WHY],
    [qr/say when it ends/,                            'exempt', 'add', 'legacy-tls', 'account:acme', @WHY],
    [qr/is everybody: to serve all clients: tlsgatectl suspend NAME/, 'exempt', 'add', 'legacy-tls', '192.0.2.0/0', '--for', 'PT1H', @WHY],
    (map { [qr/is not a client: write account:NAME/, 'exempt', 'add', 'legacy-tls', $_, '--for', 'PT1H', @WHY] }
        'acme', 'account:', 'ip:acme', '10', '10.1', '192.0.2.0/33', '192.0.2.0/ 24', '192.0.2.0/', '2001:db8::/129', "account:a\x07"),
) {
    my ($message, @args) = @$case;
    my $before = $ctl->text;
    $said = $ctl->run(@args, '--yes');
    says($said, 2, $said->{err} =~ /Usage/ ? undef : undef, $message, "refused: @args" =~ s/[^ -~]/./gr =~ s/x{20,}/x.../r);
    is($ctl->text, $before, '... and nothing changes');
}

# --- postpone
$ctl = fresh();
says($ctl->run(qw(postpone legacy-tls --cutoff 2018-12-01T00:00Z --yes), @WHY), 0,
    qr/^  now +cutoff  ->  announced\n.*^  cutoff +2018-08-07T08:40:00Z  ->  2018-12-01T00:00:00Z\n.*^  refuse +2018-11-01T00:00:00Z  ->  2018-12-01T00:00:00Z$/ms, $DONE, 'a postponement moves Refuse only if it must');
is_deeply([@{ $ctl->document->{overrides}[0] }{qw(kind from cutoff)}], ['postpone', '2018-08-07T08:40:00Z', '2018-12-01T00:00:00Z'], 'it records the configured cutoff');
says($ctl->run(qw(postpone legacy-tls --cutoff 2018-09-01T00:00Z --yes), @WHY), 0, qr/^  replaces +postpone to 2018-12-01.*\n  by +postpone to 2018-09-01/m, $DONE, 'a new one replaces it');
is($ctl->document->{overrides}[0]{from}, '2018-08-07T08:40:00Z', 'still from the configured cutoff');
says($ctl->run(@suspend, '--yes'), 0, qr/^suspend/, $DONE, 'a suspend can be added to it');
is(scalar @{ $ctl->document->{overrides} }, 2, 'both are present');
says($ctl->run('resume', 'legacy-tls', @WHY, '--yes'), 0, qr/^  ends +suspend/m, qr/legacy-tls stays postponed/, 'resume leaves the postponement');
says($ctl->run(qw(postpone legacy-tls --cutoff 2018-08-07T08:40Z --yes), @WHY), 0, qr/^  ends +postpone/m, $DONE, 'the configured cutoff ends it');
says($ctl->run(qw(postpone legacy-tls --cutoff 2018-08-07T08:40Z --yes), @WHY), 1, undef, qr/is not postponed/, 'twice is a finding');

# --- exempt
$ctl = fresh();
says($ctl->run(qw(exempt add legacy-tls account:acme --until 2019-01-01T00:00Z --owner sales --yes), @WHY), 0, qr/^  adds +exempt account:acme until 2019-01-01T00:00:00Z, owner sales, by ops: because$/m, qr/rejects requests instead of refusing handshakes/, 'a client');
says($ctl->run(qw(exempt add legacy-tls 192.0.2.0/24 --for P1D --yes), @WHY), 0, qr/^  adds +exempt 192\.0\.2\.0\/24 until 2018-08-09T12\S+, owner ops, by ops: /m, qr/\Atlsgatectl: written/, 'a network');
my $LONG = 'y' x 256;
for my $mapped ('::ffff:192.0.2.0/120', '::FFFF:c000:209/120', '192.0.2.0/24') {
    says($ctl->run('exempt', 'add', 'legacy-tls', $mapped, qw(--for P1D --yes), @WHY), 0, qr/exempt 192\.0\.2\.0\/24 until/, qr/^tlsgatectl: written/m, "a network of IPv4: $mapped");
}
is(scalar(grep { ($_->{network} // '') =~ /192\.0\.2/ } @{ $ctl->document->{exemptions} }), 1, '... is one, however it is written');
says($ctl->run(qw(exempt add legacy-tls ::ffff:0:0/96 --for P1D --yes), @WHY), 2, undef, qr/is not a client/, 'what no client is in');
says($ctl->run('exempt', 'add', 'legacy-tls', "account:${LONG}z", qw(--for P1D --yes), @WHY), 0, qr/exempt account:\Q$LONG\E until/, qr/^tlsgatectl: written/m, 'a name that httpd cuts is kept as it cuts it');
says($ctl->run('exempt', 'remove', 'legacy-tls', "account:${LONG}z", '--yes', @WHY), 0, qr/account:\Q$LONG\E/, qr/^tlsgatectl: written/m, 'and found so');
says($ctl->run(qw(exempt add legacy-tls ip:2001:db8::7 --for P1D --yes), @WHY), 0, qr/exempt 2001:db8::7/, qr/\Atlsgatectl: written/, 'an address is a network, so that it counts in the handshake too');
is_deeply([map { [$_->{client}, $_->{network}, $_->{owner}] } @{ $ctl->document->{exemptions} }],
    [['account:acme', undef, 'sales'], [undef, '192.0.2.0/24', 'ops'], [undef, '2001:db8::7', 'ops']], 'three exemptions');
says($ctl->run(qw(exempt add legacy-tls account:acme --until 2019-02-01T00:00Z --yes), @WHY), 0, qr/^  replaces +exempt account:acme/m, $DONE, 'a second one for the same client replaces the first');
says($ctl->run(qw(exempt list)), 0, qr/^legacy-tls 192\.0\.2\.0\/24 until .*^legacy-tls account:acme until 2019-02-01T00:00:00Z owner ops, by ops since /ms, undef, 'list');
is(scalar @{ $ctl->json_of($ctl->run(qw(exempt list legacy-tls --json))) }, 3, 'list for programs');
is_deeply($ctl->json_of($ctl->run(qw(exempt list kx --json))), [], 'of another schedule');
says($ctl->run(qw(exempt remove legacy-tls ip:2001:db8::7 --yes), @WHY), 0, qr/^  ends +exempt 2001:db8::7/m, $DONE, 'remove');
says($ctl->run(qw(exempt remove kx account:acme --yes), @WHY), 1, undef, qr/kx does not exempt account:acme/, 'removing an exemption that does not exist');
is(scalar @{ $ctl->document->{exemptions} }, 2, 'two are left');
says($ctl->run(qw(exempt add legacy-tls account:brief --until 2018-11-01T00:00Z --yes), @WHY), 0, qr/^  adds +exempt account:brief/m, qr/\A(?!.*instead of refusing).*^tlsgatectl: written/ms, 'an exemption that ends before Refuse moves nothing, without a message');
says($ctl->run(qw(exempt add legacy-tls 2001:DB8:0:0::7 --for P1D --yes), @WHY), 0, qr/^  adds +exempt 2001:db8::7 /m, $DONE, 'an address is written as httpd writes it');
says($ctl->run(qw(exempt add legacy-tls 2001:db8::0:7 --for P2D --yes), @WHY), 0, qr/^  replaces +exempt 2001:db8::7 /m, $DONE, '... so it is the same, however it is written');
says($ctl->run(qw(exempt remove legacy-tls ip:2001:0DB8::0007 --yes), @WHY), 0, qr/^  ends +exempt 2001:db8::7 /m, $DONE, '... also when it is removed');

# --- schedule
$ctl = fresh();
says($ctl->run('schedule', 'legacy-tls'), 0, qr/^legacy-tls  TLS 1\.0 and 1\.1\n.*^  2018-08-07T08:40:00Z  cutoff \(.*\)\n> 2018-08-08T12:00:\d\dZ  now: cutoff\n  2018-11-01T00:00:00Z  refuse \(.*\)$/ms, undef, 'the timeline with now marked');
says($ctl->run(qw(schedule legacy-tls --at 2018-07-10T10:22:59Z)), 0, qr/^  2018-07-10T09:00:00Z  trial \(.*\)\n> 2018-07-10T10:22:59Z  then: trial\n  2018-07-10T10:23:00Z  announced \(.*\)$/m, undef, 'at another instant');
says($ctl->run('schedule', 'nobody'), 2, undef, qr/no schedule "nobody"; there are: legacy-tls, kx/, 'a schedule that does not exist');
$ctl->run(@suspend, '--yes');
my $json = $ctl->json_of($ctl->run('schedule', '--json'));
is_deeply([map { $_->{name} } @{ $json->{schedules} }], [qw(legacy-tls kx)], 'all of them for programs');
my @steps = map { [@$_{qw(from phase)}] } @{ $json->{schedules}[0]{timeline} };
is_deeply($steps[0], [undef, 'observe'], 'the first step has no beginning');
my ($suspended) = grep { $_->[1] eq 'grace' } @steps;
like($suspended->[0], qr/^2018-08-08T12:00:\d\dZ$/, 'an override counts from when it was made');
is_deeply([@steps[-4, -2, -1]], [['2018-08-07T08:40:00Z', 'cutoff'], [$END, 'cutoff'], ['2018-11-01T00:00:00Z', 'refuse']], 'and until it ends');
is(scalar(grep { $_->[1] eq 'trial' } @steps), 25, 'every trial is listed');
is($json->{schedules}[0]{phase}, 'grace', 'the phase');
says($ctl->run('schedule', 'legacy-tls'), 0, qr/^  by hand +suspend until $END, by ops: because$/m, undef, 'it shows the override');
$ctl->run(qw(exempt add legacy-tls account:acme --until 2019-01-01T00:00Z --yes), @WHY);
says($ctl->run('schedule', 'legacy-tls'), 0, qr/^  refuse +counts as cutoff/m, undef, 'it says that no client is refused while one is exempt');

# --- simulate
sub simulated { my (@args) = @_; return $ctl->json_of($ctl->run('simulate', '--json', @args)) }
sub answer_at { my ($at, @more) = @_; return simulated('--at', $at, '--protocol', 'TLSv1', '--host', 'api.example.com', @more)->{answers}[0] }
sub outcome_at { return answer_at(@_)->{decided_by} }
$ctl = fresh();
for my $case (
    # at                     phase        a new client                 an open connection
    ['2018-05-31T23:59:59Z', 'observe',   ['served', undef, undef],    'served'],
    ['2018-06-01T00:00:00Z', 'announced', ['served', undef, undef],    'served'],
    ['2018-07-10T09:00:00Z', 'trial',     ['rejected', 426, undef],    'rejected'],
    ['2018-07-20T14:00:00Z', 'trial',     ['rejected', 426, undef],    'rejected'],
    ['2018-08-07T08:39:59Z', 'announced', ['served', undef, undef],    'served'],
    ['2018-08-07T08:40:00Z', 'cutoff',    ['rejected', 426, undef],    'rejected'],
    ['2018-10-31T23:59:59Z', 'cutoff',    ['rejected', 426, undef],    'rejected'],
    ['2018-11-01T00:00:00Z', 'refuse',    ['refused', undef, 70],      'rejected'],
) {
    my ($at, $phase, $new, $open) = @$case;
    my $answer = answer_at($at);
    is_deeply([$answer->{decided_by}{phase}, [@{ $answer->{new_client} }{qw(answer status alert)}], $answer->{open_connection}{answer}],
        [$phase, $new, $open], "simulate at $at: $phase, @$new[0]") or diag explain $answer;
}
my %in_share = map { outcome_at('2018-07-20T14:00:00Z', '--client', "192.0.2.$_")->{phase} => 1 } 1 .. 12;
is_deeply([sort keys %in_share], [qw(announced trial)], 'a share meets some clients and not others');
my $share = answer_at('2018-07-20T14:00:00Z')->{new_client};
is_deeply([@$share{qw(share_percent words until then)}], [25, 'the handshake succeeds; each request is rejected with 426 (25% of the clients)', '2018-07-20T14:10:00Z', 'served'],
    '... and without a client it says how many');
# However an address is written, it is the client that httpd knows: the same share, the same exemption.
for my $case (['127.0.0.1', '::ffff:127.0.0.1', '::FFFF:7f00:1', 'ip:127.0.0.1'], ['::1', '0:0:0:0:0:0:0:1', 'ip:0::1'],
    ['2001:db8::7', '2001:DB8::7', '2001:0db8:0:0:0:0:0:7']) {
    is_deeply([map { simulated(qw(--protocol TLSv1 --at 2018-07-20T14:00Z --client), $_)->{client} } @$case], [("ip:$case->[0]") x @$case], "simulate --client @$case");
}
my $REFUSE = qr/2018-11-01 00:00Z, 05:30 IST \(in \d+ days\)/;
says($ctl->run(qw(simulate legacy-tls --protocol TLSv1.1)), 0, qr/^TLS 1\.1 at vhost api\.example\.com:81 <Location \/sandbox>
.*  legacy-tls  cutoff  reject  it stays  as= says so
TLS 1\.1 at vhost api\.example\.com:81
  a new client:       the handshake succeeds; each request is rejected with 426; from $REFUSE on: refused
  an open connection: each request is rejected with 426
  schedule    phase   says    then  +why
  legacy-tls  cutoff  reject  refuse from $REFUSE  by its dates\n\z/ms, undef, 'in words');
says($ctl->run(qw(simulate legacy-tls --at 2018-12-01T00:00Z)), 0, qr/^TLS 1\.0 and 1\.1 at vhost api\S+ <Location \/sandbox>, vhost api\S+\n  a new client:       TLS alert 70 protocol_version: the handshake is refused\n  an open connection: each request is rejected with 426$/m, undef, 'all that it deprecates, once');
says($ctl->run(qw(simulate legacy-tls --protocol TLSv1 --at 2018-07-10T09:30Z)), 0, qr/^  served again *from 2018-07-10 10:23Z/m, undef, 'a trial ends');
says($ctl->run(qw(simulate --protocol TLSv1.3)), 0, qr/^served: no schedule deprecates it anywhere$/m, qr/kx also deprecates key exchanges/, 'a version that nothing deprecates');
is(simulated(qw(--protocol cleartext --at 2019-01-01T00:00Z --host old.example.com))->{answers}[0]{open_connection}{status}, undef, 'report-only rejects nobody');
is_deeply(simulated(qw(legacy-tls --protocol SSLv3))->{answers}, [], 'a version that is not deprecated');
$ctl->run(@suspend, '--yes');
is_deeply([@{ outcome_at($NOW =~ s/00Z/59Z/r) }{qw(phase action override why)}], ['grace', 'warn', 'suspend', "by hand: suspend until $END"], 'an override, named as the reason');
is(outcome_at('2018-08-08T11:59:59Z')->{phase}, 'cutoff', 'not before it was made');
is(outcome_at($END)->{phase}, 'cutoff', 'not after its end');
$ctl->run(qw(exempt add legacy-tls 192.0.2.7 --until 2019-01-01T00:00Z --owner sales --yes), @WHY);
is_deeply([@{ outcome_at('2018-12-01T00:00Z', '--client', '192.0.2.7') }{qw(action exemption rejected_for_good)}], ['warn', 'sales', '2019-01-01T00:00:00Z'], 'an exemption');
is_deeply([map { $_->{new_client}{answer} } answer_at('2018-12-01T00:00Z', '--client', '192.0.2.8'), answer_at('2018-12-01T00:00Z', '--client', '192.0.2.7')], [qw(refused served)],
    'an address is exempt in the handshake, and others are refused');
$ctl->run(qw(exempt add legacy-tls account:acme --until 2019-01-01T00:00Z --owner sales --yes), @WHY);
is_deeply([@{ answer_at('2018-12-01T00:00Z')->{new_client} }{qw(answer until then)}], ['rejected', '2019-01-01T00:00:00Z', 'refused'], 'no client is refused while an account is exempt');
is(simulated(qw(kx --protocol cleartext --at 2019-01-01T00:00Z))->{answers}[0]{decided_by}{enforced}, JSON::PP::false, 'where it is only logged, it says so');
says($ctl->run(qw(simulate --client account:acme)), 0, qr/^  client      account:acme is not identified there, so it is treated as an unknown client$/m, undef, 'a host that knows no accounts says so');
$ctl = fresh();
for my $case (
    [ ['--protocol', 'TLSv9'], qr/--protocol "TLSv9": write one of SSLv3 .* unknown/ ],
    [ [qw(--protocol TLSv1 --client 192.0.2.0/24)], qr/a network is not a client/ ],
    [ [qw(--host nosuch.example.com)], qr/--host nosuch\.example\.com: no server has that name, in ServerName or ServerAlias/ ],
    [ [qw(--host api.example.com:443)], qr/no server has that name/ ],
    [ [qw(--path /x)], qr/--path \/x: say of which host, with --host/ ],
    [ [qw(--host api.example.com --path x)], qr/--path "x": a path begins with a slash/ ],
    [ ['nosuch'], qr/there is no schedule "nosuch"/ ],
) {
    my ($args, $says) = @$case;
    says($ctl->run('simulate', @$args), 2, undef, $says, "simulate @$args");
}
says($ctl->run(qw(simulate --handshake)), 0, qr/^  a new client: /m, qr/--handshake is no longer needed: handshake and requests are both shown/, '--handshake of before');
# Where the question is about one place: the last <Location> of the path.
for my $case ([[], 'rejected', ''], [['--path', '/sandbox'], 'rejected', ' <Location /sandbox>'], [['--path', '/sandbox/x'], 'rejected', ' <Location /sandbox>'],
    [['--path', '/sandboxes'], 'served', '']) {
    my ($path, $answer, $at) = @$case;
    my $found = simulated(qw(--protocol TLSv1 --at 2018-06-15T00:00Z --host api.example.com:81), @$path)->{answers};
    is_deeply([map { [$_->{at}, $_->{new_client}{answer}] } @$found], [[["vhost api.example.com:81$at"], @$path && $at || $answer eq 'served' ? $answer : 'served']], "at @$path");
}

# --- status
$ctl = fresh();
says($ctl->run('status'), 0, qr/^state  \S+state\.json \(not written yet\)\nhttpd \(pid \d+\) has found no state file since \S+\nplan   \S+\.plan, written at 12:00Z, 17:30 IST \(now\)\n\z/m, undef, 'nothing yet');
$ctl->run(@suspend, '--yes');
$ctl->run(qw(exempt add legacy-tls account:acme --until 2018-08-09T00:00Z --yes), @WHY);
says($ctl->run('status'), 0, qr/^in force\n  legacy-tls: suspended until 2018-08-21 09:00Z.*\n  legacy-tls: account:acme is exempt until 2018-08-09 00:00Z/m, undef, 'the overrides in force');
$ctl->{httpd}->set_clock('2018-08-09T00:00:00Z');
says($ctl->run('status'), 0, qr/^in force\n  legacy-tls: suspended[^\n]*\nover\n  legacy-tls: exemption of account:acme ended at/m, undef, 'an expired override');
my $text = $ctl->text;
$ctl->write($ctl->{state}, $text =~ s/"legacy-tls"/"gone"/r);
says($ctl->run('status'), 1, qr/^written, but not in force: the schedule no longer exists\n  gone: suspended .*^problems\n  gone: suspended .*it has no effect: the schedule no longer exists$/ms, undef, 'a schedule that is gone');
$ctl->write($ctl->{state}, $text =~ s/"kind": "suspend",\s*"until": "[^"]*"/"kind":"postpone","from":"2018-08-06T00:00Z","cutoff":"2018-09-06T00:00Z"/r);
says($ctl->run('status'), 1, qr/it has no effect: the configured cutoff has changed$/m, undef, 'a postponement of a cutoff that has changed');
$ctl->write($ctl->{state}, substr($text, 0, 100));
says($ctl->run('status'), 1, qr/^problems\n(?:.*\n)*  \S+state\.json: line \d+, column \d+: .*\(broken\)$/ms, undef, 'a broken file');
is_deeply($ctl->json_of($ctl->run('status', '--json'))->{stored}, 'broken', 'for programs');
$ctl->write($ctl->{state}, $text);
chmod 0666, $ctl->{state};
says($ctl->run('status'), 1, qr/httpd refuses the state: the file \S+ is writable by group or others/, undef, 'a file that is writable by others');
chmod 0644, $ctl->{state};
chmod 0777, $ctl->{dir};
says($ctl->run('status'), 1, qr/httpd refuses the state: the directory \S+ is writable by group or others/, undef, 'a directory that is writable by others');

# --- check
$ctl = fresh();
says($ctl->run('check'), 0, qr/^Syntax OK$/m, undef, 'a clean configuration');
$ctl = fresh(conf => "$TlsGate::Ctl::CONF<TlsGateSchedule unused>\nTlsGateDeprecate any\n</TlsGateSchedule>\n");
says($ctl->run('check'), 1, qr/TlsGateSchedule "unused">: no TlsGate line names it.*^Syntax OK$/ms, undef, 'a warning is a finding');
$ctl = fresh(clock => "2018-07-01T00:00:00Z", conf => "$TlsGate::Ctl::CONF<VirtualHost *:83>\nSSLEngine on\nSSLProtocol TLSv1.3\n</VirtualHost>\n");
says($ctl->run('check'), 1, qr/schedule legacy-tls never applies to TLSv1 TLSv1\.1/, undef, 'so is a schedule that no client can meet');
$ctl->{httpd}->write_conf(qq{ErrorLogFormat "%M"\n} . $ctl->{httpd}{text});
$ctl->plan_runs;
says($ctl->run('check'), 1, qr/^TLSGATE\d+: .*schedule legacy-tls never applies to/m, qr/\A\z/, '... whatever the error log leaves out');
$ctl = fresh();
$ctl->{httpd}->write_conf($ctl->{httpd}{text} =~ s/2018-11-01T00:00Z/2018-12-01T00:00Z/r);
says($ctl->run('check'), 1, qr/^Syntax OK$/m, qr/the running httpd differs from httpd\.conf.*legacy-tls: refuse runs as "2018-11-01T00:00:00Z", httpd\.conf says "2018-12-01T00:00:00Z"/s, 'so is a configuration that is not running yet');
$ctl = fresh();
$ctl->{httpd}->write_conf("TlsGate nobody\n");
says($ctl->run('check'), 2, qr/TlsGate "nobody": there is no schedule of that name/, qr/httpd rejects its configuration/, 'a broken configuration');
says($ctl->run_as({}, $program, 'check', '--httpd', '/nonexistent/httpd'), 2, undef, qr/nonexistent\S+ cannot be run; name it with --httpd/, 'no such program');

# A message of another module is not about a schedule, whatever the name of the file.
$ctl = fresh(conf => qq{${TlsGate::Ctl::CONF}IncludeOptional "\$DIR/TlsGate*.conf"\n});
$ctl->{httpd}->write_file('TlsGate.conf', "Alias /a /tmp\nAlias /a/b /tmp\n");
says($ctl->run('check'), 0, qr{/TlsGate\.conf at line 2 will probably never match}, undef, 'a warning of another module is not a finding');
$json = $ctl->json_of($ctl->run('check', '--json'));
is_deeply([$json->{valid} ? 1 : 0, $json->{differences}, map { $_->{finding} ? 1 : 0 } @{ $json->{lines} }], [1, [], 0, 0], 'check for programs');

# --- hash: the same as in the log
my $hash = 'sha256:' . substr(sha256_hex('secret'), 0, 32);
my $explained = qr/^tlsgatectl: SHA-256 of these 6 bytes, the first 32 hex digits, as hash: of TlsGateIdentity writes it\. In the log it is tlsgate\.client "account:$hash"; to exempt that customer: tlsgatectl exempt add NAME account:$hash\n\z/;
says(bare('hash', 'secret'), 0, qr/^\Q$hash\E\n\z/, $explained, 'hash, what it is, and where it goes');
is_deeply($ctl->json_of(bare('hash', 'secret', '--json')), { hash => $hash, kind => 'SHA-256, the first 32 hex digits', bytes => 6, client => "account:$hash" }, 'hash for programs');
says($ctl->run_as({ in => "secret\n" }, $program, 'hash'), 0, qr/^\Q$hash\E\n\z/, $explained, 'hash of the standard input, without its newline');
says($ctl->run_as({ in => "\n" }, $program, 'hash'), 2, undef, qr/no text to hash/, 'hash of nothing');
says($ctl->run_as({ in => "a\0b\n" }, $program, 'hash'), 2, undef, qr/no text to hash/, 'hash of a text with a NUL');
says($ctl->run_as({ in => 'x' x 9000 }, $program, 'hash'), 2, undef, qr/no text to hash/, 'hash of too much');

# --- output for programs
$ctl = fresh();
$said = $ctl->run(@suspend, '--json', '--dry-run');
$json = $ctl->json_of($said);
is_deeply([$said->{status}, map { "$_" } @$json{qw(command dry_run made overrides)}], [0, 'suspend', 1, 0, 1], 'dry-run in JSON');
is_deeply([$json->{schedules}[0]{before}{phase}, $json->{schedules}[0]{after}{phase}], [qw(cutoff grace)], 'before and after');
$json = $ctl->json_of($ctl->run(@suspend, '--json', '--yes'));
is_deeply([map { "$_" } @$json{qw(dry_run made)}], [0, 1], 'made');

# --- the user in the audit log
is($ctl->run_as({ env => { SUDO_USER => 'alice' } }, $program, $ctl->standard, 'suspend', 'kx', '--for', 'PT1H', '--reason', 'x', '--yes')->{status}, 0, 'with sudo');
is(($ctl->audit)[-1]{by}, 'alice', 'the user who called sudo');
$ctl->run('suspend', 'kx', '--for', 'PT1H', '--reason', 'x', '--yes');
is(($ctl->audit)[-1]{by}, scalar getpwuid($>), 'otherwise the user who is logged in');

# --- a terminal
SKIP: {
    skip 'script is not installed', 18 unless grep { -x "$_/script" } split(/:/, $ENV{PATH});
    for my $case (['y', 0], ['yes', 0], ['n', 1], ['', 1], ['Y es', 1]) {
        my ($answer, $status) = @$case;
        $ctl = fresh();
        $said = $ctl->run_at_terminal("$answer\n", @suspend);
        is($said->{status}, $status, qq{asked, and told "$answer"}) or diag($said->{out});
        like($said->{out}, qr/Do it\? \[y\/N\] /, '... it asks');
        is($ctl->text eq '', $status == 1, '... and obeys the answer');
    }
    $ctl->run('suspend', 'kx', '--for', 'PT1H', @WHY, '--yes');
    $said = $ctl->run_as({ in => "y\n" }, 'script', '--quiet', '--return', '--command', join(' ', $program, $ctl->standard, qw(resume kx --reason x), '< /dev/null'), '/dev/null');
    is($said->{status}, 2, 'no question if the input is not a terminal');
    like($ctl->run_at_terminal('', 'schedule', 'kx')->{out}, qr/\e\[1mkx/, 'colours at a terminal');
    local $ctl->{httpd}{TZ} = 'UTC';
    my $plain = $ctl->run_as({ env => { NO_COLOR => 1 } }, 'script', '-qec', join(' ', $program, $ctl->standard, 'schedule'), '/dev/null');
    unlike($plain->{out}, qr/\e/, 'NO_COLOR');
}
unlike($ctl->run('schedule')->{out}, qr/\e/, 'no colours elsewhere');

# --- text of others cannot control a terminal
my $evil = fresh();
$evil->run(@suspend, '--yes');
$evil->write($evil->{state}, $evil->text =~ s/"because"/"\\u001b]0;x\\u0007\\u009b2J\\u202e\\ud83d\\ude00"/r);
$said = $evil->run('status');
unlike($said->{out}, qr/[\x00-\x09\x0b-\x1f\x7f]|\xC2[\x80-\x9F]|\xE2\x80\xAE/, 'no control character is printed');
like($said->{out}, qr/\\x1b\]0;x\\x07\\x9b2J\\u202e\xF0\x9F\x98\x80/, 'they are shown escaped');

# --- output that cannot be written is an error
SKIP: {
    skip 'there is no /dev/full', 1 unless -c '/dev/full';
    my $full = $ctl->run_as({ before => sub { open(STDOUT, '>', '/dev/full') } }, $program, '--help');
    is($full->{status}, 2, 'standard output on a full disk');
}

# --- a file that is opened is never what messages are written to
SKIP: {
    skip 'there is no /proc', 2 unless -e '/proc/self/fd/2';
    for my $n (0, 2) {
        my $closed = $ctl->run_as({ before => sub { POSIX::close($n) } }, $program, 'report', "/proc/self/fd/$n");
        is($closed->{status}, 0, "the number of a closed descriptor is taken: $n");
    }
}

done_testing;
