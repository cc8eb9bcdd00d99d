# Lists of exemptions: imported as one change, exported so that they can be imported again, and
# what is wrong in one, all of it with its line.
use strict;
use warnings;

use lib 't/lib';
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Test::More;
use TlsGate::Ctl qw(says);

my @WHY = (qw(--reason opted-in --by ops));
my $DONE = qr/^tlsgatectl: written: /m;
my $ctl = TlsGate::Ctl->new;
my $list = "$ctl->{dir}/list.csv";
sub import_of { my ($text, @more) = @_; $ctl->write($list, $text); return $ctl->run('exempt', 'import', $list, @more) }
sub change { my $made = $ctl->run(@_, '--yes', @WHY); diag($made->{err}) if $made->{status}; return $made->{status} }
sub clients { return join ' ', map { ($_->{client} // $_->{network}) . ($_->{until} =~ /^(\d+)/)[0] } @{ $ctl->document->{exemptions} } }

says($ctl->run(qw(exempt list)), 0, qr/^nobody is exempt\n\z/, undef, 'nobody is exempt');
is_deeply($ctl->json_of($ctl->run(qw(exempt list --json))), [], '... for programs an empty list');
is($ctl->run(qw(exempt export))->{out}, "schedule,client,until,owner,reason,by,since\n", '... and a list without a line');

# --- what is wrong, all of it
my $HEAD = "schedule,client,until,owner,reason\n";
my $GOOD = "legacy-tls,account:a,2019-01-01T00:00Z,sales,r\n";
for (
    ['an empty file',          '', qr/line 1: it is empty/],
    ['no header',              $GOOD, qr/line 1: there is no column "legacy-tls"; the columns are schedule, client, until, owner, reason, by and since$/m],
    ['a column twice',         "client,until,client\n", qr/line 1: the column "client" appears twice/],
    ['no clients',             "schedule,until\n", qr/line 1: there is no column "client"/],
    ['no schedule',            "client,until\n", qr/line 1: there is no column "schedule"; add it, or name the schedule after the file/],
    ['no date',                "client,schedule\n", qr/line 1: there is no column "until"; add it, or give --until or --for/],
    ['only a header',          $HEAD, qr/names no client/],
    ['a column too few',       "$HEAD${GOOD}legacy-tls,account:b\n", qr/line 3: it has 2 columns, and the first line has 5/],
    ['another schedule',       "${HEAD}x,account:a,2019-01-01T00:00Z,,\n", qr/line 2: there is no schedule "x"/],
    ['no client in a line',    "${HEAD}legacy-tls,,2019-01-01T00:00Z,,\n", qr/line 2: it has no client/],
    ['a name without a kind',  "${HEAD}legacy-tls,acme,2019-01-01T00:00Z,,\n", qr/line 2: "acme" is not a client: write account:NAME/],
    ['a date without a time',  "${HEAD}legacy-tls,account:a,2019-01-01,,\n", qr/line 2: until "2019-01-01": the instant has no time/],
    ['no date in a line',      "${HEAD}legacy-tls,account:a,,,\n", qr/line 2: it has no until/],
    ['an owner with an escape', "${HEAD}legacy-tls,account:a,2019-01-01T00:00Z,\e[2J,\n", qr/line 2: owner "\\x1b\[2J": it is not one line of UTF-8/],
    ['a reason of 513 bytes',  "${HEAD}legacy-tls,account:a,2019-01-01T00:00Z,," . 'x' x 513 . "\n", qr/line 2: reason: it has more than 512 bytes/],
    ['a client twice',         "$HEAD${GOOD}\n$GOOD", qr/line 4: account:a is exempt from legacy-tls in line 2 already/],
    ['an address twice',       "${HEAD}legacy-tls,ip:2001:db8:0::1,2019-01-01T00:00Z,,\nlegacy-tls,2001:db8::1,2019-01-01T00:00Z,,\n", qr/line 3: 2001:db8::1 is exempt from legacy-tls in line 2/],
    ['a quote without an end', "$HEAD\"legacy-tls,account:a\n", qr/line 2: a quote has no end/],
    ['three lines',            "${HEAD}x,account:a,2019-01-01T00:00Z,,\n${GOOD}legacy-tls,b,soon,,\n", qr/line 2: .*line 4: "b" is not.*line 4: until "soon".*nothing was changed: 3 mistakes$/ms],
) {
    my ($what, $text, $says) = @$_;
    says(import_of($text, '--yes', @WHY), 2, undef, $says, $what);
    is($ctl->text . $ctl->text('.audit'), '', "$what: nothing is written");
}
says($ctl->run(qw(exempt import /nonexistent.csv --yes), @WHY), 2, undef, qr{/nonexistent\.csv: No such file}, 'a file that is missing');

# --- a list
my $text = "\xEF\xBB\xBFclient,until,owner,schedule,reason\r\n"
    . "account:a,2019-01-01T00:00Z,sales,,\"says \"\"yes\"\", twice\"\r\n"
    . "192.0.2.0/24,2019-02-01T00:00:00.000Z,,kx,\r\n"
    . "ip:2001:DB8::7,2018-01-01T00:00+01:00,,,\r\n";
my $said = import_of($text, 'legacy-tls', '--dry-run', @WHY);
says($said, 0, qr/^  imports +\S+list\.csv: 2 added, 0 changed, 0 unchanged$/m, qr/legacy-tls: 1 entry of the list has already expired: \S+/, 'dry-run shows what it would do');
like($said->{err}, qr/legacy-tls: until 2019-01-01T00:00:00Z the schedule rejects requests instead of refusing handshakes/, '... and that Refuse waits');
is($ctl->text . $ctl->text('.audit'), '', '... and writes nothing');
says(import_of($text, 'legacy-tls', '--yes', @WHY), 0, qr/list\.csv: 1 added, 0 changed, 0 unchanged.*then has 0 overrides and 3 exemptions$/ms, $DONE, 'a list is imported');
is(clients(), 'account:a2019 192.0.2.0/242019 2001:db8::72017', 'its entries, in its order, an address as httpd spells it');
my ($entry) = @{ $ctl->document->{exemptions} };
is_deeply([@$entry{qw(schedule owner reason by)}], ['legacy-tls', 'sales', 'says "yes", twice', 'ops'], 'what a line says');
is_deeply([@{ $ctl->document->{exemptions}[1] }{qw(schedule owner reason)}], ['kx', 'ops', 'opted-in'], 'what it does not say');
my @audit = map { decode_json($_) } grep { /"written"/ } split /\n/, $ctl->text('.audit');
is(scalar @audit, 5, 'the audit has a line for each schedule, and one for each entry');
my ($one) = grep { $_->{schedule} eq 'kx' } @audit;
is_deeply([map { $_->{to} } @audit[ 2 .. 4 ]], [@{ $ctl->document->{exemptions} }], '... as the state has it');
is_deeply([@$one{qw(command by reason from)}], ['exempt import', 'ops', 'opted-in', undef], '... with who and why');
is_deeply($one->{to}, { import => { file => $list, sha256 => sha256_hex($text), new => 1, changed => 0, unchanged => 0, removed => 0, takes_back => JSON::PP::false,
    left_alone => { count => 1, examples => ['192.0.2.0/24'] }, no_longer => { count => 0, examples => [] }, entries => 'audit' } }, '... how many of which file, and whom it leaves alone');


says($ctl->run(qw(audit)), 0, qr/exempt import .*legacy-tls \S+list\.csv: 2 added, 0 changed, 0 unchanged(?:; kx [^;]*)?  "opted-in"  written/s, undef, '... for people its counts, not its entries');
is(change(qw(undo)), 0, 'an import is undone');
is_deeply($ctl->document->{exemptions}, [], '... all of it');
is(change(qw(undo)), 0, '... and that too');
is(join(' ', sort split(/ /, clients())), '192.0.2.0/242019 2001:db8::72017 account:a2019', '... it is there again');

says(import_of($text, 'legacy-tls', '--yes', @WHY), 1, undef, qr/all 3 exemptions exist already: nothing to import/, 'once more: nothing to do');
says(import_of("schedule,client,until,owner,reason\nlegacy-tls,account:a,2020-01-01T00:00Z,sales,r\nlegacy-tls,account:b,2021-01-01T00:00Z,,\n", '--yes', @WHY),
    0, qr/list\.csv: 1 added, 1 changed, 0 unchanged/, $DONE, 'another list: entries that are not in it stay');
is(clients(), 'account:a2020 192.0.2.0/242019 2001:db8::72017 account:b2021', '... the others change in their places');
$said = import_of("client,until\naccount:a,2018-01-01T00:00Z\naccount:d,2019-01-01T00:00Z\n", 'legacy-tls', '--dry-run', @WHY);
like($said->{out}, qr/^  left alone  1 more client: account:d\n  no longer   1 client: account:a$/m, 'who is left alone from now on, and who no longer');
unlike($said->{out}, qr/^  TLS/m, '... and not what everybody gets');
is(scalar(() = $said->{err} =~ /which no change by hand reaches/g), 1, '... each warning once');
says(import_of("client\naccount:c\n", 'kx', qw(--for P1D --owner support --yes), @WHY), 0, qr/1 added/, $DONE, 'one column is enough');
is_deeply([@{ $ctl->document->{exemptions}[4] }{qw(schedule owner reason)}], ['kx', 'support', 'opted-in'], '... with what the command says');

# --- one network, however it is written
says(import_of("client,until\n192.0.2.77/24,2019-01-01T00:00Z\n192.0.2.0/24,2019-01-01T00:00Z\n", 'legacy-tls', '--yes', @WHY), 2, undef, qr{line 3: 192\.0\.2\.0/24 is exempt from legacy-tls in line 2 already}, 'a network with bits of a host is that network');
says($ctl->run(qw(exempt add kx 192.0.2.77/24 --until 2019-03-01T00:00Z --dry-run), @WHY), 0, qr{replaces +exempt 192\.0\.2\.0/24 until 2019-02-01.*by +exempt 192\.0\.2\.0/24 until 2019-03-01}s, qr{^tlsgatectl: 192\.0\.2\.77/24 is the network 192\.0\.2\.0/24$}m, '... which is said');
for (['2001:db8::77/32', '2001:db8::/32'], ['192.0.2.9/32', '192.0.2.9'], ['2001:DB8::9/128', '2001:db8::9']) {
    like($ctl->run(qw(exempt add kx), $_->[0], qw(--for 1d --dry-run), @WHY)->{out}, qr{adds +exempt \Q$_->[1]\E until}, "$_->[0] is $_->[1]");
}

# --- exported, and imported again
my $before = $ctl->document;
my $exported = $ctl->run(qw(exempt export --csv))->{out};
like($exported, qr/^kx,192\.0\.2\.0\/24,2019-02-01T00:00:00Z,ops,opted-in,ops,2018-08-08T12:00:\d\dZ$/m, 'export');
like($ctl->run(qw(exempt export kx))->{out}, qr/\A[^\n]*\nkx,[^\n]*\nkx,account:c,[^\n]*\n\z/, '... of one schedule');
is_deeply($ctl->json_of($ctl->run(qw(exempt export --json))), $before->{exemptions}, '... for programs');
$ctl->write($ctl->{state}, '{"version":1,"overrides":[],"exemptions":[]}');
unlink "$ctl->{state}.audit";
says($ctl->run_as({ in => $exported }, TlsGate::Ctl::program(), $ctl->standard, qw(exempt import - --yes --reason restored --by somebody)), 0, qr/standard input: \d+ added/, $DONE, 'imported from the standard input');
is_deeply($ctl->document, $before, '... it is the same state');

# --- what a terminal would act on is escaped there, and kept in a file
$ctl->write($ctl->{state}, '{"version":1,"overrides":[],"exemptions":[{"schedule":"kx","client":"account:\u001b[2J","until":"2019-01-01T00:00:00Z","owner":"o","reason":"r","by":"b","since":"2018-08-01T00:00:00Z"}]}');
is($ctl->run(qw(exempt export))->{out} =~ s/^.*\n//r, "kx,account:\e[2J,2019-01-01T00:00:00Z,o,r,b,2018-08-01T00:00:00Z\n", 'a file has what is exempt');
like($ctl->run_at_terminal('', qw(exempt export))->{out}, qr/^kx,account:\\x1b\[2J,2019/m, 'a terminal does not act on it');

# --- as large as a state can be
open(my $h, '>', $list) or die;
print $h "client,schedule\n", map { ($_ % 2 ? "account:$_" : sprintf('10.%d.%d.%d', $_ >> 16, $_ >> 8 & 255, $_ & 255)) . ",legacy-tls\n" } 1 .. 100_001;
close $h;
$ctl->write($ctl->{state}, '{"version":1,"overrides":[],"exemptions":[]}');
unlink "$ctl->{state}.audit";
my @import = ('exempt', 'import', $list, qw(--until 2099-01-01T00:00Z --yes), @WHY);
says($ctl->run(@import), 2, undef, qr/nothing was changed: .*exemptions: it has more than 100000 entries/, '100,001 exemptions');
$ctl->write($list, TlsGate::Httpd::slurp($list) =~ s/^[^\n]*\n\z//mr);
says($ctl->run(@import), 0, qr/100000 added.*^  left alone  100000 more clients, such as account:1, 10\.0\.0\.2, account:3$/ms, $DONE, '100,000 exemptions');
cmp_ok(-s "$ctl->{state}.audit", '<', 2000, '... are a line of the audit');
my $all = $ctl->text;
says($ctl->run(qw(undo --yes), @WHY), 0, qr/^  imports +\S+list\.csv, undone: 100000 removed, 0 changed back\n  no longer +100000 clients/m, $DONE, '... are undone');
is_deeply($ctl->document->{exemptions}, [], '... all of them');
says($ctl->run(qw(undo --yes), @WHY), 0, qr/has 0 overrides and 100000 exemptions$/m, $DONE, '... and that too');
is($ctl->text, $all, '... they are there again, exactly');
is(scalar(() = $ctl->run(qw(exempt list))->{out} =~ /^legacy-tls /mg), 100_000, '... are listed');
says($ctl->run(qw(exempt remove legacy-tls account:1 --yes), @WHY), 0, qr/ends +exempt account:1 /, $DONE, '... one of them is removed');
says($ctl->run(qw(exempt add legacy-tls account:new --for P1D --yes), @WHY), 0, qr/has 0 overrides and 100000 exemptions/, $DONE, '... another one is added');
my ($many) = map { $_->{id} } grep { $_->{command} eq 'exempt import' } @{ $ctl->json_of($ctl->run(qw(audit --json)))->{changes} };
my ($redone) = map { $_->{id} } reverse grep { $_->{command} eq 'undo' } @{ $ctl->json_of($ctl->run(qw(audit --json)))->{changes} };
says($ctl->run(qw(undo --yes --change), $redone, @WHY), 1, undef, qr/nothing was changed: legacy-tls account:1 is not as the change left it; see tlsgatectl audit/, '... and all of them are not undone over that');
says($ctl->run(qw(undo --yes --change), $many, @WHY), 2, undef, qr/nothing was changed: \S+state\.json\.import has the entries of another change of that size; to end its exemptions, import its list again with an until in the past, such as 2000-01-01T00:00Z; add the exemptions that it replaced by hand$/m, 'only the last of that size is kept');
is($ctl->run(qw(exempt list))->{out} =~ /^legacy-tls account:5 until 2099/m, 1, 'one of that list');
my $ended = import_of("client,schedule,until\naccount:3,legacy-tls,2000-01-01T00:00Z\naccount:5,legacy-tls,2000-01-01T00:00Z\n10.0.0.2,legacy-tls,2000-01-01T00:00Z\naccount:7,legacy-tls,2000-01-01T00:00Z\n", '--yes', @WHY);
says($ended, 0, qr/4 change.*^  no longer +4 clients, such as account:3, account:5, 10\.0\.0\.2$/ms, qr/legacy-tls: 4 entries of the list have already expired, such as account:3, account:5, 10\.0\.0\.2$/m, '... is ended by a list with an until that is over');
like($ctl->run(qw(exempt list))->{out}, qr/^legacy-tls account:5 over since 2000/m, '... all of it');
is((stat "$ctl->{state}.import")[2] & 07777, 0640, 'what undo needs is not for everyone');
$ctl->write("$ctl->{state}.import", '{"id":"x"');
says($ctl->run(qw(undo --yes --change), $redone, @WHY), 2, undef, qr/state\.json\.import is damaged; undo is not possible; make the opposite/, '... damaged');
unlink "$ctl->{state}.import";
says($ctl->run(qw(undo --yes --change), $redone, @WHY), 2, undef, qr/state\.json\.import, which has the entries of that change: there is no such file; undo is not possible; make the opposite/, '... or gone');

$ctl->{httpd}->finish_ok;
done_testing;
