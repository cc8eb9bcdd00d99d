#!/usr/bin/perl
# tlsgatectl audit, undo and extend: each change has an id, its line says who, when, what and why, and
# it can be taken back exactly, unless something builds on it.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Ctl qw(says);

my @BY = (qw(--by ops --yes));
my $program = TlsGate::Ctl::program();

sub fresh { return TlsGate::Ctl->new(@_) }
sub changes { my ($ctl, @args) = @_; return @{ $ctl->json_of($ctl->run('audit', '--json', @args))->{changes} } }
sub done { my ($ctl, @args) = @_; my $said = $ctl->run(@args, @BY); is($said->{status}, 0, "@args") or diag($said->{err}); return (changes($ctl))[-1]{id} }

# --- the audit: one line for each change
my $ctl = fresh();
says($ctl->run('audit'), 0, undef, qr/has no change yet$/m, 'no change yet');
my $first = done($ctl, qw(suspend legacy-tls kx --for 2h --reason), 'partners cannot pay');
like($first, qr/^[0-9a-hjkmnp-tv-z]{7}\z/, 'an id that can be typed');
done($ctl, qw(exempt add legacy-tls account:acme --for 3d --reason contract));
my $last = done($ctl, qw(trial kx --for 10m --reason announced));
my @lines = split(/\n/, $ctl->run('audit')->{out});
is(scalar @lines, 3, 'a line for each of three changes');
like($lines[0], qr/^$first  2018-08-08T12:00:\d\dZ  ops  suspend legacy-tls until 2018-08-08T14:00:\d\dZ; kx until 2018-08-08T14:00:\d\dZ  "partners cannot pay"  written; whether it came into force is not recorded\z/, 'id, when, who, what, why, outcome');
like($lines[1], qr/  exempt add legacy-tls account:acme until 2018-08-11T12:00:\d\dZ, owner ops  "contract"  written; whether it came into force is not recorded\z/, 'of an exemption');
like($lines[2], qr/  trial kx until 2018-08-08T12:10:\d\dZ, in place of its suspension until 2018-08-08T14:00:\d\dZ, which undo brings back  "announced"/, 'what it replaced, and that an undo brings it back');
is_deeply([sort keys %{ (changes($ctl))[0] }], [sort qw(id time by command reason outcome undoes undone_by store acts pending edits what)], 'the members for programs');
is(scalar @{ (changes($ctl))[0]{edits} }, 2, 'one change of two schedules');
is_deeply([map { $_->{command} } changes($ctl, qw(--schedule legacy-tls))], ['suspend', 'exempt add'], '--schedule');
says($ctl->run('audit', '--schedule', 'legcy-tls'), 2, '', qr/there is no schedule "legcy-tls".*legacy-tls/, 'a schedule that is misspelt is told');
for my $case (['1h', 3], ['P1D', 3], ['11:59Z', 3], ['today 11:59Z', 3], ['2018-08-08T11:59:00Z', 3], ['2018-08-09T00:00Z', 0]) {
    is(scalar(changes($ctl, '--since', $case->[0])), $case->[1], "--since $case->[0]");
}
says($ctl->run('audit', '--since', '2018-08-08'), 2, undef, qr/no time and no offset.*write 2018-08-08T00:00Z for midnight UTC/, '--since with a date alone');
{
    my $said = $ctl->run_as({ env => { COLUMNS => 60 } }, $program, $ctl->standard, 'audit');
    my @long = grep { length > 60 } split(/\n/, $said->{out});
    is_deeply(\@long, [], 'no wider than the terminal');
    is(scalar(grep { /^\S/ } split(/\n/, $said->{out})), 3, '... and the rest of a line is indented');
}
{ # damaged lines are named, and the others are shown
    my $text = $ctl->text('.audit');
    my @all = split(/^/, $text);
    $ctl->write("$ctl->{state}.audit", join('', $all[0], "{\"time\":\"torn\n", @all[1 .. 3], "[]\n", 'x' x 300_000, "\n", @all[4 .. $#all]));
    my $said = $ctl->run('audit');
    is($said->{status}, 1, 'damaged lines are a finding');
    is(scalar(() = $said->{out} =~ /^\S/mg), 3, '... the changes are shown');
    is_deeply([$said->{err} =~ /: (line \d+) is damaged, and left out$/mg], ['line 2', 'line 6', 'line 7'], '... and each is named with its number');
    $ctl->write("$ctl->{state}.audit", $text);
}
SKIP: {
    skip 'needs root', 2 if $>;
    my @nobody = (65534, 65534);
    my $as = sub { $) = "65534 65534"; $( = 65534; ($<, $>) = (65534, 65534) };
    says($ctl->run_as({ before => $as }, $program, '--state', $ctl->{state}, 'audit'), 2, undef, qr/cannot be read: Permission denied; run as root, or as a member of its group/, 'who may not read it is told what to do');
    chmod 0644, "$ctl->{state}.audit";
    chmod 0755, $ctl->{httpd}{dir};
    my $said = $ctl->run_as({ before => $as }, $program, '--state', $ctl->{state}, 'audit');
    is(scalar(() = $said->{out} =~ /^$first/mg), 1, '... and who may read it need not be root') or diag($said->{err});
    chmod 0640, "$ctl->{state}.audit";
}

# --- undo: what was replaced comes back, exactly
sub undone { # the document before a change, the change, and after its undo
    my ($name, $before, @change) = @_;
    my $c = fresh();
    done($c, @$_) for @$before;
    my $was = $c->document // { version => 1, overrides => [], exemptions => [] };
    my $id = done($c, @change);
    my $made = $c->document;
    my $said = $c->run('undo', @BY);
    is($said->{status}, 0, "undo of $name") or diag($said->{err});
    like($said->{err}, qr/this undoes $id: $change[0]/, '... says what it takes back');
    unlike($said->{err}, qr/nothing to undo|nothing was changed/, '... and complains of nothing');
    is_deeply($c->document, $was, '... puts back what was there');
    my $line = (changes($c))[-1];
    is_deeply([@$line{qw(command undoes outcome)}], ['undo', $id, 'written'], '... and is a change itself');
    is($c->run('undo', @BY)->{status}, 0, 'undo of the undo');
    is_deeply($c->document, $made, '... makes the change again');
    is((changes($c))[-1]{undoes}, $line->{id}, '... and says what it undoes');
}
my @WHY = (qw(--reason because));
undone('a suspension', [], qw(suspend legacy-tls --for 2h), @WHY);
undone('a suspension of several', [], qw(suspend --all --for 2h), @WHY);
undone('a suspension that replaced a trial', [[qw(trial kx --for 10m), @WHY]], qw(suspend kx --for 2h), @WHY);
undone('a resume', [[qw(suspend legacy-tls --for 2h), @WHY]], qw(resume legacy-tls), @WHY);
undone('an extension', [[qw(suspend legacy-tls --for 2h), @WHY]], qw(extend legacy-tls --for 3d));
undone('an extension of a trial', [[qw(trial kx --for 10m), @WHY]], qw(extend kx --for 20m));
undone('a postponement', [], qw(postpone legacy-tls --cutoff 2018-12-01T00:00Z), @WHY);
undone('a second postponement', [[qw(postpone legacy-tls --cutoff 2018-12-01T00:00Z), @WHY]], qw(postpone legacy-tls --cutoff 2018-12-02T00:00Z), @WHY);
undone('an exemption', [[qw(suspend kx --for 2h), @WHY]], qw(exempt add legacy-tls account:acme --for 3d --owner sales), @WHY);
undone('an exemption in place of another', [[qw(exempt add legacy-tls 192.0.2.0/24 --for 3d), @WHY]], qw(exempt add legacy-tls 192.0.2.0/24 --for 4d), @WHY);
undone('the end of an exemption', [[qw(exempt add legacy-tls account:acme --for 3d), @WHY]], qw(exempt remove legacy-tls account:acme), @WHY);

# --- of several schedules each is shown; and an audit that is damaged changes nothing
{
    my $c = fresh();
    done($c, qw(suspend --all --for 2h), @WHY);
    is_deeply([map { $_->{name} // $_->{schedule} } @{ $c->json_of($c->run('undo', '--dry-run', '--json', @BY))->{schedules} }], ['legacy-tls', 'kx'], 'an undo of several shows each of them');
    my $one = fresh();
    done($one, qw(suspend kx --for 2h), @WHY);
    is_deeply([map { $_->{name} // $_->{schedule} } @{ $one->json_of($one->run('undo', '--dry-run', '--json', @BY))->{schedules} }], ['kx'], '... and of one that one');
    my $was = $c->text;
    $c->write("$c->{state}.audit", $c->text('.audit') =~ s/"from":null/"from":{"schedule":"kx","kind":"nonsense"}/gr);
    says($c->run('undo', @BY), 1, undef, qr/nothing was changed: the audit of that change is damaged: /, 'what it replaced is no entry');
    is($c->text, $was, '... and nothing is changed');
}

# --- what comes back may have ended
{
    my $c = fresh();
    $c->{httpd}->stop_clock('2018-08-08T12:00:00Z');
    done($c, qw(suspend legacy-tls --for 1h), @WHY);
    done($c, qw(resume legacy-tls), @WHY);
    for (['12:59:59', 0], ['13:00:00', 1], ['14:00:00', 1]) {
        my ($clock, $ended) = @$_;
        $c->{httpd}->stop_clock("2018-08-08T${clock}Z");
        my $said = $c->run('undo', '--dry-run', @BY);
        is($said->{status}, 0, "undo at $clock") or diag($said->{err});
        is(scalar($said->{err} =~ /legacy-tls: the restored entry expired at 2018-08-08T13:00:00Z and has no effect$/m), $ended ? 1 : '', '... of what has ' . ($ended ? '' : 'not ') . 'ended, which is said');
    }
    my $c2 = fresh();
    done($c2, qw(postpone legacy-tls --cutoff 2018-12-01T00:00Z), @WHY);
    unlike($c2->run('undo', @BY)->{err}, qr/the restored entry/, 'where nothing comes back nothing has ended');
}

# --- what each line says: what was done to which schedule, until when, and what an undo would bring back
{
    my $c = fresh();
    $c->{httpd}->stop_clock('2018-08-08T12:00:00Z');
    my $END = '2018-08-08T14:00:00Z';
    my @SUSPEND = (qw(suspend legacy-tls --for 2h), @WHY);
    my $last = sub { my ($line) = ($c->run('audit')->{out} =~ /^([^\n]*)\n\z/m); return $line =~ s/^\S+  \S+  ops  //r =~ s/  "(?:because|a later end|undoes \w+)"  written.*//r };
    my $says = sub { my ($what, $name) = @_; return is($last->(), $what, $name) };
    my $suspend = done($c, @SUSPEND);
    $says->("suspend legacy-tls until $END", 'a suspension');
    my $resume = done($c, qw(resume legacy-tls), @WHY);
    $says->("resume legacy-tls: ended its suspension until $END, which undo brings back", 'a resume');
    my $undo = done($c, 'undo');
    $says->("undo legacy-tls: its suspension until $END is back (undoes $resume)", 'its undo');
    my $again = done($c, 'undo');
    $says->("undo legacy-tls: its suspension until $END is gone (undoes $undo)", 'the undo of the undo');
    like($c->run('audit')->{out}, qr/^$resume .*which undo brings back \(undone by $undo\)  "because"/m, '... and the one that was undone says by which');
    is_deeply([map { $_->{undone_by} } changes($c)], [undef, $undo, $again, undef], '... for programs as well');
    done($c, @SUSPEND);
    done($c, qw(trial legacy-tls --for 1h), @WHY);
    $says->("trial legacy-tls until 2018-08-08T13:00:00Z, in place of its suspension until $END, which undo brings back", 'a trial by hand that replaced it');
    $undo = done($c, 'undo');
    $says->("undo legacy-tls: its suspension until $END is back, in place of its trial by hand until 2018-08-08T13:00:00Z (undoes " . (changes($c))[-2]{id} . ')', '... and its undo');
    done($c, qw(extend legacy-tls --for 1h));
    $says->("extend legacy-tls: its suspension until 2018-08-08T15:00:00Z, in place of its suspension until $END, which undo brings back", 'a later end');
    done($c, qw(postpone kx --cutoff 2019-02-01T00:00Z), @WHY);
    $says->('postpone kx to 2019-02-01T00:00:00Z', 'a postponement');
    done($c, qw(postpone kx --cutoff 2019-01-01T00:00Z), @WHY);
    $says->('postpone kx: ended its postponement to 2019-02-01T00:00:00Z, which undo brings back', '... and its end');
    done($c, qw(exempt add kx account:a --for 1h), @WHY);
    done($c, qw(exempt remove kx account:a), @WHY);
    $says->('exempt remove kx account:a: ended the exemption until 2018-08-08T13:00:00Z, which undo brings back', 'the end of an exemption');
    $c->{httpd}->stop_clock('2018-08-08T15:00:00Z');
    like($c->run('audit')->{out}, qr/exempt remove kx account:a: ended the exemption until 2018-08-08T13:00:00Z  "/, '... of which nothing comes back once it would be over');
    done($c, qw(resume legacy-tls), @WHY);
    $says->('resume legacy-tls: ended its suspension, over since 2018-08-08T15:00:00Z', 'what was over already is said to be');
}

# --- the same of what TlsGateGuard stopped
{
    my $trip = { schedule => 'legacy-tls', at => '2018-08-08T11:00:00Z', until => undef, requests => 10, rejected => 9, share => 500 };
    my $c = fresh(conf => "TlsGateGuard 5%\n$TlsGate::Ctl::CONF", trips => [$trip]);
    my $says = sub { my ($what, $name) = @_; return like($c->run('audit')->{out}, qr/^[^\n]*  ops  $what  "[^\n]*\n\z/m, $name) };
    done($c, qw(suspend legacy-tls --until 2018-08-08T14:00Z), @WHY);
    my $resume = done($c, qw(resume legacy-tls), @WHY);
    $says->('resume legacy-tls: ended its suspension until 2018-08-08T14:00:00Z, which undo brings back; legacy-tls: the stop by TlsGateGuard is lifted; undo stops the trial again', 'a resume of both');
    my $undo = done($c, 'undo');
    $says->("undo legacy-tls: the resume of what TlsGateGuard stopped is gone; legacy-tls: its suspension until 2018-08-08T14:00:00Z is back \\(undoes $resume\\)", 'its undo');
    done($c, 'undo');
    $says->("undo legacy-tls: (?:its suspension until 2018-08-08T14:00:00Z is gone|the resume of what TlsGateGuard stopped is back); legacy-tls: (?:its suspension until 2018-08-08T14:00:00Z is gone|the resume of what TlsGateGuard stopped is back) \\(undoes $undo\\)", 'the undo of that');
}

# --- an earlier change, unless something builds on it
$ctl = fresh();
my $suspended = done($ctl, qw(suspend legacy-tls --for 2h --reason one));
my $exempted = done($ctl, qw(exempt add legacy-tls account:acme --for 3d --reason two));
my $extended = done($ctl, qw(extend legacy-tls --for 3h));
my $before = $ctl->text;
says($ctl->run('undo', '--change', $suspended, @BY), 1, undef, qr/nothing was changed: legacy-tls has changed since: extend legacy-tls: .*, by ops at 2018-08-08T12.*Undo that first: tlsgatectl undo --change $extended; or make/, 'something builds on it: refused, and what to do');
is($ctl->text, $before, '... nothing changes');
says($ctl->run('undo', '--change', uc($exempted) =~ tr/01/OL/r, '--dry-run', @BY), 0, qr/^undo legacy-tls\n  ends +exempt account:acme/m, qr/undoes $exempted/, 'an earlier one on which nothing builds; its id as people type it');
is($ctl->text, $before, '... --dry-run changes nothing');
{
    my $said = $ctl->run('undo', '--change', $exempted, '--reason', 'not signed', @BY);
    says($said, 0, qr/ends +exempt account:acme/, qr/written/, '... undone');
    unlike($said->{err}, qr/--change|nothing was changed/, '... and nothing is complained of');
}
is((changes($ctl))[-1]{reason}, 'not signed', '... with a reason of its own');
says($ctl->run('undo', '--change', $exempted, @BY), 1, undef, qr/account:acme has changed since: undo legacy-tls account:acme/, '... but not twice');
done($ctl, 'undo', '--change', $extended);
done($ctl, 'undo', '--change', $suspended);
is_deeply($ctl->document, { version => 1, overrides => [], exemptions => [] }, 'one after the other, all is as it was');
says($ctl->run('undo', '--change', 'nosuch1', @BY), 2, undef, qr/has no such change; see tlsgatectl audit/, 'an id that is none');
$ctl->write($ctl->{state}, $before);
says($ctl->run('undo', '--change', $suspended, @BY), 1, undef, qr/legacy-tls has changed since: undo/, 'a document that another program wrote: what is there is not what the change left');
says(fresh()->run('undo', @BY), 2, undef, qr/has no change: there is nothing to undo/, 'no change at all');
{ # the last one, of which another program has changed what it left; it is not itself what builds on it
    my $c = fresh();
    done($c, qw(suspend legacy-tls --for 2h --reason one));
    my $other = $c->document;
    $other->{overrides}[0]{until} = '2018-08-08T15:00:00Z';
    $c->write($c->{state}, JSON::PP->new->encode($other));
    for my $which ([], ['--change', (changes($c))[-1]{id}]) {
        says($c->run('undo', @$which, @BY), 1, undef, qr/nothing was changed: legacy-tls is not as the change left it; see tlsgatectl status, and make the change that you want/, "@$which: what another program changed afterwards is named as that");
    }
    is_deeply($c->document, $other, '... and stays');
}
{ # a first change with a note, one of many entries, one that failed
    my $c = fresh();
    my $id = done($c, qw(suspend kx --for 2h --reason one));
    my $line = '{"id":"%s","time":"2018-08-08T12:30:00Z","by":"ops","command":"%s","schedule":%s,"from":null,"to":null,"reason":"x","outcome":"%s"}' . "\n";
    my $audit = $c->text('.audit');
    $c->write("$c->{state}.audit", $audit . sprintf($line, 'aaaaaaa', 'suspend', '"kx"', 'failed: No space left on device'));
    is($c->run('undo', '--dry-run', @BY)->{err} =~ /undoes (\w+)/ && $1, $id, 'a change that failed is passed over');
    says($c->run('undo', '--change', 'aaaaaaa', @BY), 2, undef, qr/it changed nothing: failed: No space/, '... and cannot be undone');
    $c->write("$c->{state}.audit", $audit . sprintf($line, 'bbbbbbb', 'exempt import', '"kx"', 'written'));
    says($c->run('undo', @BY), 2, undef, qr/exempt import by ops: the audit does not have the entries that it changed; put the previous document back/, 'a change of many entries says how to go back');
    $c->write("$c->{state}.audit", $audit . sprintf($line =~ s/"reason"/"store":"etcd:\/\/a\/k","reason"/r, 'ccccccc', 'suspend', '"kx"', 'written'));
    says($c->run('undo', @BY), 2, undef, qr/it was made in etcd:\/\/a\/k, and this machine follows that: undo it there, with --store/, 'a change of a store is undone there');
    $c->write("$c->{state}.audit", sprintf($line, 'ddddddd', 'suspend', '"kx"', 'failed: No space left on device'));
    says($c->run('undo', @BY), 2, undef, qr/the audit of \S+ has no change: there is nothing to undo/, 'where all changes failed there is nothing to undo');
    $c->write("$c->{state}.audit", (split /^/, $audit)[0]);
    like($c->run('undo', '--dry-run', @BY)->{err}, qr/undoes $id/, 'a change that was killed may have been made');
    $c->write("$c->{state}.audit", sprintf($line =~ s/"schedule":%s,"from":null,"to":null/"acts":[],"pending":[]/r, 'eeeeeee', 'suspend', 'pending'));
    says($c->run('undo', @BY), 2, undef, qr/suspend by ops: the audit does not have the entries that it changed/, 'a change of which the audit has only how it ended says how to go back');
    $c->write("$c->{state}.audit", $audit x 2);
    says($c->run('undo', '--change', $id, @BY), 2, undef, qr/2 changes have that id/, 'two changes of one id: neither');
    $c->write("$c->{state}.audit", $audit =~ s/"id":"\w+",//gr);
    says($c->run('audit'), 0, qr/^-        2018-08-08T12:00:\d\dZ  ops  suspend kx [^\n]*"one"  written; whether it came into force is not recorded\n\z/, undef, 'lines without an id are one change');
    is($c->run('undo', @BY)->{status}, 0, '... which can be undone');
    is_deeply($c->document->{overrides}, [], '... exactly');
}
SKIP: {
    skip 'script is not installed', 2 unless grep { -x "$_/script" } split(/:/, $ENV{PATH});
    my $c = fresh();
    done($c, qw(suspend legacy-tls --for 2h --reason one));
    my $said = $c->run_at_terminal("n\n", 'undo');
    like($said->{out}, qr/this undoes .*suspend legacy-tls.*^\S*undo legacy-tls\S*\n  ends +suspend until.*now +grace  ->  cutoff.*Do it\? \[y\/N\] .*nothing was changed/ms, 'it shows the effect and asks');
    is(scalar @{ $c->document->{overrides} }, 1, '... and takes a no');
}
is((grep { /^[^"]*[^\x20-\x7e\n]/ } map { split /^/ } $ctl->text('.audit'))[0], undef, 'the audit has no control characters');

# --- what an entry of another program says cannot act on a terminal
{
    my $c = fresh();
    done($c, qw(suspend kx --for 2h --reason one));
    my $document = $c->document;
    $document->{overrides}[0]{reason} = "a\x{9b}2Jb\x{202e}c\x7f \x{e9}";
    $c->write($c->{state}, JSON::PP->new->utf8->encode($document));
    my $foreign = $c->document;
    done($c, qw(resume kx --reason two));
    unlike($c->text('.audit'), qr/\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\x7f|[\x00-\x09\x0b-\x1f]/, 'no control character enters the audit');
    like($c->text('.audit'), qr/a\\u009b2Jb\\u202ec\\u007f \xc3\xa9/, '... each is escaped, and other letters are not');
    is($c->run('undo', @BY)->{status}, 0, '... so that it can be undone');
    is_deeply($c->document, $foreign, '... exactly');
}

# --- extend
$ctl = fresh();
says($ctl->run(qw(extend legacy-tls --for 2h), @BY), 1, undef, qr/legacy-tls is neither suspended nor in a trial by hand: there is nothing to extend; to begin one: tlsgatectl suspend legacy-tls --for P2W --reason TEXT/, 'nothing to extend');
done($ctl, qw(suspend legacy-tls --until 14:00Z --reason incident));
my $entry = $ctl->document->{overrides}[0];
for my $case (['--until', '13:59Z'], ['--until', '14:00Z']) {
    says($ctl->run('extend', 'legacy-tls', @$case, @BY), 1, undef, qr/its suspend goes on until 2018-08-08T14:00:00Z already, and \S+ is not later; to end it now: tlsgatectl resume legacy-tls --reason TEXT/, "@$case: no earlier end");
}
is_deeply($ctl->document->{overrides}, [$entry], '... nothing changes');
says($ctl->run('extend', 'legacy-tls', '--until', 'tomorrow 09:00Z', qw(--by alice --yes)), 0, qr/^extend legacy-tls\n  replaces +suspend until 2018-08-08T14:00:00Z, by ops: incident\n  by +suspend until 2018-08-09T09:00:00Z, by alice: incident$/m, qr/written/, 'a later end');
is_deeply($ctl->document->{overrides}, [{ %$entry, until => '2018-08-09T09:00:00Z', by => 'alice' }], 'it keeps its reason, and since when');
is_deeply([@{ (changes($ctl))[-1] }{qw(command by reason)}], [qw(extend alice incident)], 'the audit has it as an extension');
says($ctl->run('extend', 'legacy-tls', qw(--for 1h --dry-run)), 0, qr/^  by +suspend until 2018-08-09T10:00:00Z/m, qr/warning: legacy-tls: extended from 2018-08-09T09:00:00Z to 2018-08-09T10:00:00Z \(--for counts from the present end\)$/m, '--for 1h is one more hour, which is said');
done($ctl, qw(extend --all --for 2d --reason longer));
is($ctl->document->{overrides}[0]{until}, '2018-08-11T09:00:00Z', '... also for all');
is_deeply([map { "$_->{schedule} $_->{reason}" } @{ $ctl->document->{overrides} }], ['legacy-tls longer'], '--all: what there is, with another reason');
says(fresh()->run(qw(extend --all --for 2h), @BY), 1, undef, qr/no schedule is suspended or in a trial by hand: nothing to extend/, '... if there is any');

# --- resume --all: every override, each named, and a confirmation of its own
$ctl = fresh();
done($ctl, @$_) for [qw(suspend legacy-tls --for 2h --reason one)], [qw(trial kx --for 10m --reason two)], [qw(postpone legacy-tls --cutoff 2018-12-01T00:00Z --reason three)],
    [qw(exempt add kx account:acme --for 3d --reason four)];
my $all = $ctl->document;
$all->{overrides}[0]{schedule} = 'gone'; # of a configuration that was
$ctl->write($ctl->{state}, JSON::PP->new->encode($all));
my @ALL = (qw(resume --all --reason over --by ops));
says($ctl->run(@ALL, '--yes'), 2, qr/^resume gone\n  ends +suspend .*^resume kx\n  ends +trial .*^resume legacy-tls\n  ends +postpone to /ms, qr/add --confirm-all to make the change/, 'each is named, and --yes is not enough');
is_deeply($ctl->document, $all, '... nothing changes');
says($ctl->run(qw(resume legacy-tls --confirm-all), @WHY), 2, undef, qr/--confirm-all goes with --all/, '--confirm-all alone');
SKIP: {
    skip 'script is not installed', 2 unless grep { -x "$_/script" } split(/:/, $ENV{PATH});
    like($ctl->run_at_terminal("yes\n", @ALL)->{out}, qr/Type all to do it: .*nothing was changed/s, 'it asks for the word');
    is_deeply($ctl->document, $all, '... and takes no other');
}
says($ctl->run(@ALL, '--confirm-all'), 0, qr/^resume gone/, qr/written/, 'with the confirmation it is done');
is_deeply([map { scalar @{ $ctl->document->{$_} } } qw(overrides exemptions)], [0, 1], '... to every override, and to no exemption');
is($ctl->run('undo', @BY)->{status}, 0, '... and can be undone');
is_deeply([sort map { "$_->{schedule} $_->{kind} $_->{reason}" } @{ $ctl->document->{overrides} }], ['gone suspend one', 'kx trial two', 'legacy-tls postpone three'], '... exactly');
says(fresh()->run(@ALL, '--confirm-all'), 1, undef, qr/no schedule is suspended, in a trial by hand or postponed, and TlsGateGuard has not stopped a trial: nothing to end/, 'nothing to end');
done_testing;
