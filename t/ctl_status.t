#!/usr/bin/perl
# tlsgatectl status: where each schedule stands, on one line; what is in force by httpd's own word, what is written
# and not in force, and why; problems with their severity; exit statuses, also those of monitoring plugins. Every document fits
# docs/status.schema.json.
use strict;
use warnings;
use utf8;

use lib 't/lib';
use Encode qw(decode_utf8 encode_utf8);
use JSON::PP;
use Test::More;
use TlsGate::Ack;
use TlsGate::Ctl qw(says);
use TlsGate::Schema;

my $program = TlsGate::Ctl::program();
my $schema  = TlsGate::Schema->new('docs/status.schema.json');
my @WHY     = (qw(--reason because --by ops --yes));

# The documents of every run below.
sub document_of {
    my ($ctl, $name, @more) = @_;
    my $said = $ctl->run('status', '--json', @more);
    my $json = $ctl->json_of($said);
    ok($schema->fits($json), "$name: the schema") or diag($schema->wrong);
    return ($json, $said->{status});
}

sub text_of { my ($ctl, $env, @more) = @_; return decode_utf8($ctl->run_as({ env => { TZ => 'UTC', %$env } }, $program, $ctl->standard, 'status', @more)->{out}) }

# --- one line for each schedule: a schedule, how it is used, the time, changes before; the lines
my $DATES = <<'CONF';
TlsGateAnnounce 2026-06-01T00:00Z
TlsGateTrial 2026-07-10T09:00Z/PT83M
TlsGateTrial 2026-07-20T14:00Z/PT10M every=PT1H until=2026-07-21T14:00Z share=25%
TlsGateCutoff 2026-11-27T08:40Z
TlsGateGrace 2026-11-27T15:25Z/2026-12-11T09:00Z
TlsGateRefuse 2027-02-01T09:00Z
TlsGateStatus cutoff 400
CONF
sub conf_of {
    my ($traits, $dates, @uses) = @_;
    return "<TlsGateSchedule legacy-tls>\nTlsGateDeprecate $traits\n$dates</TlsGateSchedule>\n" . join('', map { "$_\n" } @uses);
}
my @LEGACY = ('TLSv1 TLSv1.1', $DATES, 'TlsGate legacy-tls');
my @MIXED  = ('TLSv1 cleartext kx=RSA', "TlsGateCutoff 2026-11-27T08:40Z\n", 'TlsGate legacy-tls');
my @LINES = (
    ['observe',          \@LEGACY, '2026-05-31T23:59:59Z', [], 'observe: TLS 1.0 and 1.1 are served, without notice; next: announced 2026-06-01 00:00Z (in 1 s)'],
    ['announced',        \@LEGACY, '2026-06-01T00:00:00Z', [], 'announced since 00:00Z (0 s): TLS 1.0 and 1.1 are served; next: trial 2026-07-10 09:00Z (in 39 days)'],
    ['a trial',          \@LEGACY, '2026-07-10T10:22:59Z', [], 'TRIAL since 09:00Z (1 h 23 min): TLS 1.0 and 1.1 are rejected with 426; next: announced 10:23Z (in 1 s)'],
    ['for a share',      \@LEGACY, '2026-07-20T15:05:00Z', [], 'TRIAL since 15:00Z (5 min), for 25% of the clients: TLS 1.0 and 1.1 are rejected with 426; next: announced 15:10Z (in 5 min)'],
    ['cutoff',           \@LEGACY, '2026-11-27T09:45:00Z', [], 'CUTOFF since 08:40Z (1 h 5 min): TLS 1.0 and 1.1 are rejected with 400; next: grace 15:25Z (in 5 h 40 min)'],
    ['grace',            \@LEGACY, '2026-11-28T15:25:00Z', [], 'grace since 2026-11-27 15:25Z (1 day): TLS 1.0 and 1.1 are served; next: cutoff 2026-12-11 09:00Z (in 13 days)'],
    ['refuse',           \@LEGACY, '2027-02-01T09:00:00Z', [], 'REFUSE since 09:00Z (0 s): TLS 1.0 and 1.1 are refused in the handshake'],
    ['a suspension',     \@LEGACY, '2026-11-27T09:45:00Z', [[qw(suspend legacy-tls --until 2026-11-27T11:45Z)]],
        'grace since 09:45Z (0 s), suspended by hand: TLS 1.0 and 1.1 are served; next: cutoff 11:45Z (in 2 h)'],
    ['... that is over', \@LEGACY, '2026-11-27T11:45:00Z', [['clock', '2026-11-27T09:45:00Z'], [qw(suspend legacy-tls --until 2026-11-27T11:45Z)]],
        'CUTOFF since 11:45Z (0 s): TLS 1.0 and 1.1 are rejected with 400; next: grace 15:25Z (in 3 h 40 min)'],
    ['a suspend of what is postponed', \@LEGACY, '2026-11-27T09:45:00Z', [[qw(postpone legacy-tls --cutoff 2026-12-27T08:40Z)], [qw(suspend legacy-tls --for PT2H)]],
        'announced since 09:45Z (0 s), suspended and postponed by hand: TLS 1.0 and 1.1 are served; next: cutoff 2026-12-27 08:40Z (in 30 days)'],
    ['a trial by hand',  \@LEGACY, '2026-11-01T09:45:00Z', [[qw(trial legacy-tls --for PT10M)]],
        'TRIAL since 09:45Z (0 s), by hand: TLS 1.0 and 1.1 are rejected with 426; next: announced 09:55Z (in 10 min)'],
    ['a postponement',   \@LEGACY, '2026-11-27T09:45:00Z', [[qw(postpone legacy-tls --cutoff 2026-12-27T08:40Z)]],
        'announced since 09:45Z (0 s), postponed by hand: TLS 1.0 and 1.1 are served; next: cutoff 2026-12-27 08:40Z (in 30 days)'],
    ['an exemption holds refuse', \@LEGACY, '2027-02-02T09:00:00Z', [['clock', '2027-01-01T00:00:00Z'], [qw(exempt add legacy-tls account:a --until 2027-03-01T00:00Z)]],
        'CUTOFF since 2026-12-11 09:00Z (53 days): TLS 1.0 and 1.1 are rejected with 400; next: refuse 2027-03-01 00:00Z (in 27 days)',
        'refuse waits until 2027-03-01 00:00Z (in 27 days): a client that only its requests identify is exempt'],
    ['the exemption of a network does not', \@LEGACY, '2027-02-02T09:00:00Z', [['clock', '2027-01-01T00:00:00Z'], [qw(exempt add legacy-tls 192.0.2.0/24 --until 2027-03-01T00:00Z)]],
        'REFUSE since 2027-02-01 09:00Z (1 day): TLS 1.0 and 1.1 are refused in the handshake'],
    ['report-only',      [@LEGACY[0, 1], 'TlsGate legacy-tls report-only'], '2026-11-27T09:45:00Z', [],
        'cutoff since 08:40Z (1 h 5 min), report-only: TLS 1.0 and 1.1 are logged as rejected, and served; next: grace 15:25Z (in 5 h 40 min)'],
    ['as=',              [@LEGACY[0, 1], 'TlsGate legacy-tls as=trial'], '2026-11-28T15:25:00Z', [[qw(suspend legacy-tls --for PT2H)]], 'TRIAL, by as=trial: TLS 1.0 and 1.1 are rejected with 426'],
    ['as=refuse, held by an exemption', [@LEGACY[0, 1], 'TlsGate legacy-tls as=refuse'], '2026-10-01T00:00:00Z', [[qw(exempt add legacy-tls account:a --until 2027-03-01T00:00Z)]],
        'CUTOFF, by as=refuse: TLS 1.0 and 1.1 are rejected with 400; next: refuse 2027-03-01 00:00Z (in 151 days)', 'refuse waits until 2027-03-01 00:00Z (in 151 days): a client that only its requests identify is exempt'],
    ['nobody uses it',   [@LEGACY[0, 1], 'TlsGate other', "<TlsGateSchedule other>\nTlsGateDeprecate any\n</TlsGateSchedule>"], '2026-11-27T09:45:00Z', [],
        'CUTOFF since 08:40Z (1 h 5 min): TLS 1.0 and 1.1 are rejected with 400; next: grace 15:25Z (in 5 h 40 min)', 'but no TlsGate line names it, so it does nothing'],
    ['the line without options counts', [@LEGACY[0, 1], 'TlsGate legacy-tls report-only', "<Location /a>\nTlsGate legacy-tls as=observe\n</Location>", "<Location /b>\nTlsGate legacy-tls\n</Location>"],
        '2026-11-27T09:45:00Z', [], 'CUTOFF since 08:40Z (1 h 5 min): TLS 1.0 and 1.1 are rejected with 400; next: grace 15:25Z (in 5 h 40 min)',
        'but at main server <Location /a> as=observe: TLS 1.0 and 1.1 are served, without notice', 'but at main server report-only: TLS 1.0 and 1.1 are logged as rejected, and served'],
    ['elsewhere',        [@LEGACY[0, 1], 'TlsGate legacy-tls', "<Location /a>\nTlsGate legacy-tls as=observe\n</Location>", map { "<Location /r$_>\nTlsGate legacy-tls report-only\n</Location>" } 1 .. 5],
        '2026-11-27T09:45:00Z', [], 'CUTOFF since 08:40Z (1 h 5 min): TLS 1.0 and 1.1 are rejected with 400; next: grace 15:25Z (in 5 h 40 min)',
        'but at main server <Location /a> as=observe: TLS 1.0 and 1.1 are served, without notice',
        'but at main server <Location /r1> report-only, main server <Location /r2> report-only, main server <Location /r3> report-only and 2 more: TLS 1.0 and 1.1 are logged as rejected, and served'],
    ['different statuses', \@MIXED, '2026-11-27T09:45:00Z', [], 'CUTOFF since 08:40Z (1 h 5 min): plain HTTP is rejected with 403, TLS 1.0 and RSA key exchange are rejected with 426'],
    ['a host that is retired', ['any', "TlsGateCutoff 2026-11-27T08:40Z\n", 'TlsGate legacy-tls'], '2026-11-27T08:40:01Z', [], 'CUTOFF since 08:40Z (1 s): everything is rejected with 403'],
    ['an expression',    [q("expr=%{REQUEST_URI} =~ m#^/old#"), "TlsGateCutoff 2026-11-27T08:40Z\n", 'TlsGate legacy-tls'], '2026-11-27T08:40:01Z', [],
        'CUTOFF since 08:40Z (1 s): what its expression matches is rejected with 403'],
);
my %status_of;
for (@LINES) {
    my ($name, $conf, $clock, $changes, $line, @below) = @$_;
    my $ctl = TlsGate::Ctl->new(clock => $clock, conf => conf_of(@$conf));
    $ctl->{httpd}->stop_clock($clock);
    for (@$changes) {
        $_->[0] eq 'clock' ? $ctl->{httpd}->stop_clock($_->[1]) : is($ctl->run(@$_, @WHY)->{status}, 0, "$name: @$_");
    }
    $ctl->{httpd}->stop_clock($clock);
    my @lines = split(/\n/, text_of($ctl, {}));
    is_deeply([@lines[0 .. @below]], ["legacy-tls  $line", map { ' ' x 12 . $_ } @below], $name);
    my ($json) = document_of($ctl, $name);
    my %s = %{ $json->{schedules}[0] };
    $status_of{$name} = [@s{qw(phase since status)}, scalar @{ $s{rejects} }, $s{next} && "$s{next}{phase} $s{next}{at}"];
}
is_deeply($status_of{$_->[0]}, $_->[1], "$_->[0]: for programs") for
    ['cutoff', ['cutoff', '2026-11-27T08:40:00Z', 400, 2, 'grace 2026-11-27T15:25:00Z']], ['observe', ['observe', undef, undef, 0, 'announced 2026-06-01T00:00:00Z']],
    ['report-only', ['cutoff', '2026-11-27T08:40:00Z', undef, 0, 'grace 2026-11-27T15:25:00Z']], ['different statuses', ['cutoff', '2026-11-27T08:40:00Z', undef, 3, undef]],
    ['refuse', ['refuse', '2027-02-01T09:00:00Z', undef, 2, undef]], ['as=', ['trial', undef, 426, 2, undef]];

# --- what httpd says of the file: what is in force, and what is not
my $NOW = '2026-11-27T09:45:00Z';
my $ctl = TlsGate::Ctl->new(clock => $NOW, acts => 0, conf => conf_of(@LEGACY));
$ctl->{httpd}->stop_clock($NOW);
sub put { my ($text) = @_; if (defined $text) { $ctl->write($ctl->{state}, $text) } else { unlink $ctl->{state} } return }
$ctl->run(qw(suspend legacy-tls --until 2026-11-27T11:45Z), @WHY);
my $old = $ctl->text;
$ctl->run(qw(exempt add legacy-tls account:A-20 --until 2026-12-04T09:45Z --owner sales), @WHY);
my $new = $ctl->text;
my $pid = fork // die; # one that is gone at once
if (!$pid) { exit 0 }
waitpid($pid, 0);

my %REFUSED = (condition => 'refuses', reason => 'the directory /x belongs to user 33', fix => 'give it to root');
my @HOLDINGS = (
    # name, file, what httpd says, known from, in force, written and not in force, problems, exit, of a plugin
    ['it acts on the file',                     $new,  [{ text => $new }],              'httpd', 'suspend exempt', '',       '',                 0, 0],
    ['the file was never written',              undef, [{}],                            'httpd', '',       '',               'gone',             1, 2],
    ['it refuses the file, with a document from before', $new, [{ %REFUSED, text => $old }], 'httpd', 'suspend', 'exempt',  'refused',          1, 2],
    ['it refuses the file, and has none',       $new,  [{ %REFUSED }],                  'httpd', '',       'suspend exempt', 'refused',          1, 2],
    ['a broken file, with a document from before', substr($new, 0, 99), [{ %REFUSED, reason => 'line 5, column 2: x', text => $new }], 'httpd', 'suspend exempt', '', 'refused', 1, 2],
    ['a broken file that it has not seen',      substr($new, 0, 99), [{ text => $new }], 'httpd', 'suspend exempt', '',      'broken',           1, 2],
    ['the file is gone',                        undef, [{ condition => 'gone', text => $new }], 'httpd', 'suspend exempt', '', 'gone',            1, 2],
    ['it has not looked yet',                   $new,  [{ text => $old }],              'httpd', 'suspend', 'exempt',        'not-yet',          1, 1],
    ['it has not looked yet, at a first file',  $new,  [{}],                            'httpd', '',       'suspend exempt', 'not-yet',          1, 1],
    ['two httpd, the newer one acts on the file', $new, [{ text => $old, started => '2026-11-27T08:00:00Z' }, { text => $new, started => '2026-11-27T09:00:00Z', pid => 4 }], 'httpd', 'suspend exempt', '', 'different', 1, 2],
    ['two httpd that agree',                    $new,  [{ text => $new, started => '2026-11-27T08:00:00Z' }, { text => $new, started => '2026-11-27T09:00:00Z', pid => 4 }], 'httpd', 'suspend exempt', '', '', 0, 0],
    ['no httpd runs',                           $new,  [],                              'start',  '',       'suspend exempt', 'no-httpd',         1, 2],
    ['no httpd runs, and the file is broken',   substr($new, 0, 99), [],                'start',  '',       '',               'no-httpd broken',  1, 2],
);
for (@HOLDINGS) {
    my ($name, $file, $said, $from, $in_force, $not, $problems, $exit, $plugin) = @$_;
    put($file);
    my @held = map { TlsGate::Ack::pretend($ctl->{state}, since => '2026-11-27T09:40:00Z', %$_) } @$said;
    my ($json, $status) = document_of($ctl, $name);
    my $kinds = sub { return join(' ', map { $_->{kind} } @{ $json->{ $_[0] } }) };
    is_deeply([$json->{known_from}, $kinds->('in_force'), $kinds->('written_not_in_force'), join(' ', map { $_->{code} } @{ $json->{problems} }), $status, scalar @{ $json->{httpd} }],
        [$from, $in_force, $not, $problems, $exit, scalar @$said], $name);
    is_deeply([$ctl->run(qw(status --nagios))->{status}, $json->{severity}], [$plugin, (qw(ok warning critical))[$plugin]], '... as a plugin');
    is($json->{schedules}[0]{phase}, $in_force =~ /suspend/ || (($from // '') eq 'start' && $not) ? 'grace' : 'cutoff', '... the phase is by what is in force, or will be');
    is(scalar(grep { !$_->{why} } @{ $json->{written_not_in_force} }), 0, '... with a reason for each that is not in force');
}

# Whole texts, at 80 columns.
# The lines with names of files: where they are broken depends on those.
sub unbroken { return $_[0] =~ s/^(?:plan|state)  .*\K\n {7}(?=\S)/ /mgr }
sub local_less { return unbroken($_[0]) =~ s/\Q$ctl->{dir}\E/DIR/gr =~ s{\S*/run/httpd\.pid}{PIDFILE}gr }
{
    put($new);
    my $held = TlsGate::Ack::pretend($ctl->{state}, since => '2026-11-27T09:40:00Z', %REFUSED, text => $old, pid => 1234);
    is(local_less(text_of($ctl, { LANG => 'C.UTF-8', COLUMNS => 80, TZ => 'Europe/Berlin' })), <<'TEXT', 'refused, at 80 columns in Berlin');
legacy-tls  grace since 09:45Z, 10:45 CET (0 s), suspended by hand: TLS 1.0 and
            1.1 are served
            next: cutoff 11:45Z, 12:45 CET (in 2 h)
in force
  legacy-tls: suspended until 11:45Z, 12:45 CET (in 2 h), by ops: because
written, but not in force: httpd refuses the state: the directory /x belongs to
user 33
  legacy-tls: account:A-20 is exempt until 2026-12-04 09:45Z, 10:45 CET (in 7
              days), owner sales: because
problems
  httpd refuses the state: the directory /x belongs to user 33 (since
  2026-11-27T09:40:00Z)
    -> give it to root
state  DIR/state.json (read)
httpd (pid 1234) has refused it since 2026-11-27T09:40:00Z: the directory /x
belongs to user 33; give it to root; it still uses what it read at
2026-11-27T09:40:00Z
plan   DIR/state.json.plan, written at 09:45Z, 10:45 CET (now)
TEXT
    is(decode_utf8($ctl->run_as({ env => { TZ => 'UTC', LANG => 'C.UTF-8' } }, $program, $ctl->standard, qw(status --nagios))->{out}), <<'TEXT', 'for monitoring');
TLSGATE CRITICAL: httpd refuses the state: the directory /x belongs to user 33 (since 2026-11-27T09:40:00Z)
legacy-tls grace since 09:45Z (0 s), suspended by hand: TLS 1.0 and 1.1 are served · next: cutoff 11:45Z (in 2 h)
TEXT
}
put($new);
is(local_less(text_of($ctl, { LANG => 'C.UTF-8' })), <<'TEXT', 'no httpd runs: nothing is said to be in force');
httpd does not run, so nothing is in force. If it starts now:
legacy-tls  grace since 09:45Z (0 s), suspended by hand: TLS 1.0 and 1.1 are served · next: cutoff 11:45Z (in 2 h)
written, and in force once httpd starts
  legacy-tls: suspended until 11:45Z (in 2 h), by ops: because
  legacy-tls: account:A-20 is exempt until 2026-12-04 09:45Z (in 7 days), owner sales: because
problems
  httpd does not run: there is no PIDFILE
    -> start it
state  DIR/state.json (read)
plan   DIR/state.json.plan, written at 09:45Z (now)
TEXT

# httpd is not asked: the file is taken for what is in force, unless httpd would refuse it.
for (['a good file', 0755, 'file', 'suspend exempt', '', 'silent'], ['an unsafe directory', 0777, undef, '', 'suspend exempt', 'silent unsafe']) {
    my ($name, $mode, $from, $in_force, $not, $problems) = @$_;
    chmod $mode, $ctl->{dir};
    my $json = $ctl->json_of($ctl->run_as({}, $program, '--state', $ctl->{state}, qw(--patience 0 status --json)));
    ok($schema->fits($json), "not asked, $name: the schema") or diag($schema->wrong);
    is_deeply([$json->{known_from}, map { my $list = $_; join(' ', map { $_->{ $list eq 'problems' ? 'code' : 'kind' } } @{ $json->{$list} }) } qw(in_force written_not_in_force problems)],
        [$from, $in_force, $not, $problems], "httpd is not asked, $name");
}
chmod 0755, $ctl->{dir};
like($ctl->run_as({}, $program, '--state', $ctl->{state}, qw(--patience 0 status))->{out}, qr/^written; no httpd has confirmed that it acts on it\n  legacy-tls: suspended until /m, '... and for people it is not said to be in force');
for my $columns (60, 80) {
    my @lines = map { split(/\n/, $ctl->run_as({ env => { COLUMNS => $columns } }, $program, $ctl->standard, @$_)->{out}) } [qw(status)], [qw(simulate)], [qw(simulate legacy-tls --client account:A-20)], [qw(suspend legacy-tls --for 3h --dry-run --by ops --reason), 'many words ' x 12];
    is_deeply([grep { length > $columns && !/\Q$ctl->{dir}\E/ } @lines], [], "status, simulate and a preview at $columns columns");
}
says($ctl->run_as({}, $program, qw(--state /nonexistent/s.json --httpd), $ctl->{wrapper}, qw(status --nagios --store nonsense)), 2, undef, qr/--store: it is not the address/, 'a wrong call is one as a plugin, too');
says($ctl->run_as({}, $program, qw(--httpd /nonexistent/httpd status --nagios)), 3, undef, qr/which state file/, 'a plugin that cannot tell says unknown');

# --- what a terminal shows: widths, colours, and the texts of others
{
    my $held = TlsGate::Ack::pretend($ctl->{state}, text => $new, since => $NOW);
    for my $columns (20, 40, 80, 200) {
        my @wide = grep { length > $columns && !/\S{16,}|^(?:state|plan) / } split(/\n/, text_of($ctl, { COLUMNS => $columns }));
        is_deeply(\@wide, [], "no line is wider than $columns columns");
    }
    SKIP: {
        skip 'script is not installed', 2 unless grep { -x "$_/script" } split(/:/, $ENV{PATH});
        my @at_terminal = ('script', '-qec', join(' ', $program, $ctl->standard, 'status'), '/dev/null');
        like($ctl->run_as({}, @at_terminal)->{out}, qr/\e\[1mlegacy-tls  grace/, 'colours at a terminal');
        unlike($ctl->run_as({ env => { NO_COLOR => 1 } }, @at_terminal)->{out}, qr/\e/, '... not with NO_COLOR');
    }
    unlike($ctl->run('status')->{out}, qr/\e/, '... nor elsewhere');
    my $evil = $new =~ s/"because"/"a|b \\u001b[2J"/r;
    put($evil);
    my $evil_held = TlsGate::Ack::pretend($ctl->{state}, text => $evil, since => $NOW, started => '2026-11-27T09:44:00Z');
    undef $held;
    like(text_of($ctl, {}), qr/by ops: a\|b \\x1b\[2J$/m, 'a reason cannot control a terminal');
}

# --- many exemptions are counted
{
    my $MANY = 100_000;
    my @until = map { sprintf('2027-01-%02dT%02d:00:00Z', 31 - $_ % 28, $_ % 24) } 1 .. $MANY;
    my ($overrides) = $new =~ /("overrides": \[.*?\n  \]),/s;
    my $many = qq({ "version": 1, $overrides, "exemptions": [\n) . join(",\n", map { qq({"schedule": "legacy-tls", "client": "account:c$_", "until": "$until[$_ - 1]", "owner": "sales", "reason": "r", "by": "b", "since": "$NOW"}) } 1 .. $MANY) . "\n] }\n";
    put($many);
    my $held = TlsGate::Ack::pretend($ctl->{state}, text => $many, since => $NOW);
    my $text = text_of($ctl, {});
    is(scalar(() = $text =~ /is exempt until/g), 5, 'five of many exemptions are shown');
    like($text, qr/^  and 99995 more exemptions: tlsgatectl exempt list$/m, '... and the others counted');
    my ($json) = document_of($ctl, 'many exemptions');
    my @ends = map { $_->{until} } grep { $_->{kind} eq 'exempt' } @{ $json->{in_force} };
    is_deeply([scalar @ends, $json->{more_exemptions}{in_force}, $json->{schedules}[0]{exemptions}], [10, $MANY - 10, $MANY], '... for programs ten');
    is_deeply(\@ends, [(sort @until)[0 .. 9]], '... those that end first');
    undef $held;
    put($many);
    my $none = TlsGate::Ack::pretend($ctl->{state}, text => $new, since => $NOW);
    is((document_of($ctl, 'many not in force'))[0]{more_exemptions}{written_not_in_force}, $MANY - 10, '... also those that are not in force');
    undef $none;
    my $unknown = $many =~ s/"legacy-tls"/"gone"/gr;
    put($unknown);
    $none = TlsGate::Ack::pretend($ctl->{state}, text => $unknown, since => $NOW);
    is_deeply([map { $_->{text} } @{ (document_of($ctl, 'many without effect'))[0]{problems} }],
        ['gone: suspended until 11:45Z, 17:15 IST (in 2 h), by ops: because: it has no effect: the schedule no longer exists', 'gone: 100000 exemptions: it has no effect: the schedule no longer exists'],
        'exemptions without effect are one problem');
}

# --- a real httpd: what it says, what it goes on with, and that it does not run
{
    my $real = TlsGate::Ctl->new(waits => 1, runs => 0, conf => "Listen \@tls\@\nTlsGate legacy-tls\n<TlsGateSchedule legacy-tls>\nTlsGateDeprecate cleartext\nTlsGateCutoff 2018-08-07T08:40Z\n</TlsGateSchedule>\n");
    my $httpd = $real->{httpd};
    $httpd->port('tls');
    $httpd->start;
    my $stands = sub {
        my ($name, $from, $in_force, $not, $problems) = @_;
        my $json;
        my $is = sub { return [$json->{known_from}, (map { my $list = $_; join(' ', map { $_->{kind} } @{ $json->{$list} }) } qw(in_force written_not_in_force)), join(' ', map { $_->{code} } @{ $json->{problems} }), $json->{schedules}[0]{phase}] };
        my @want = ($from, $in_force, $not, $problems, $in_force ? 'grace' : 'cutoff');
        $httpd->wait_until(sub { $json = $real->json_of($real->run('status', '--json')); return join('/', map { $_ // '' } @{ $is->() }) eq join('/', map { $_ // '' } @want) }, undef, 0.2);
        is_deeply($is->(), \@want, "a real httpd: $name");
        ok($schema->fits($json), '... the schema') or diag($schema->wrong);
    };
    $stands->('nothing yet', 'httpd', '', '', '');
    is($real->run(qw(suspend legacy-tls --for PT2H), @WHY)->{status}, 0, 'a suspension');
    $stands->('it acts on it', 'httpd', 'suspend', '', '');
    chmod 0777, $real->{dir};
    is($real->run(qw(resume legacy-tls), @WHY)->{status}, 3, 'the end of it is written, and refused');
    $stands->('it refuses the file, and goes on', 'httpd', 'suspend', '', 'refused');
    chmod 0755, $real->{dir};
    $stands->('it is repaired', 'httpd', '', '', '');
    $httpd->stop;
    $stands->('it does not run', 'start', '', '', 'no-httpd');
    $httpd->finish_ok(qr/writable by group or others/);
}

# --- the examples and the tables of the documents
{
    my $told = TlsGate::Ctl->new(clock => '2027-01-20T00:00:00Z', acts => 0, conf => conf_of('TLSv1.2',
        "TlsGateAnnounce 2027-01-11T00:00Z\nTlsGateCutoff 2027-06-01T09:00Z\nTlsGateRefuse 2027-12-01T00:00Z\n", 'TlsGate legacy-tls'));
    my ($look) = TlsGate::Httpd::slurp('docs/operators.md') =~ /^## One look\n.*?^```text\n(.*?)^```$/ms;
    $told->{httpd}->stop_clock('2027-06-01T15:25:00Z');
    $told->run(qw(suspend legacy-tls --until 2027-06-15T09:00Z --by alice --yes --reason), 'partners cannot send orders');
    $told->{httpd}->stop_clock('2027-06-01T15:30:00Z');
    my $held = TlsGate::Ack::pretend($told->{state}, text => $told->text, since => '2027-06-01T15:25:01Z', pid => 1234);
    is(unbroken(text_of($told, { LANG => 'C.UTF-8', COLUMNS => 80 })) =~ s{\Q$told->{dir}\E}{/var/lib/tlsgate}gr, decode_utf8($look), 'the look in the guide');
    my ($section) = TlsGate::Httpd::slurp('docs/reference.md') =~ /^### Where everything stands\n(.*?)^##/ms;
    my %rules = %{ $schema->{whole} };
    my @listed = map { /`(\w+)`/g } map { (split /\|/)[1] } $section =~ /^(\| `.*)$/mg;
    is_deeply([grep { my $member = $_; !grep { $_ eq $member } @listed } keys %{ $rules{properties} }, keys %{ $rules{'$defs'}{schedule}{properties} }], [], 'the reference has each member');
    is_deeply([sort map { /^\| `([\w-]+)` \| (?:warning|critical) \|/ } split(/\n/, $section)], [sort @{ $rules{properties}{problems}{items}{properties}{code}{enum} }], '... and each problem');
    my ($rows) = TlsGate::Httpd::slurp('src/ctl/base/problems.c') =~ /problem_rows\[\] = \{\n(.*?)^\};/ms;
    is_deeply({ $section =~ /^\| `([\w-]+)` \| (warning|critical) \|/mg }, { map { lc } $rows =~ /\{ "([\w-]+)", TG_CTL_SEVERITY_(\w+) \}/g }, '... with its severity');
}

done_testing;
