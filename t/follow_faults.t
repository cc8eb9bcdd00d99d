#!/usr/bin/perl
# What goes wrong around tlsgatectl follow: members that die or hang, all of them at once, a
# history that is compacted, rebuilt or restored, tokens that end, answers that are none, and
# follow itself killed at any step. The file always becomes what the store has, and each
# line of the audit comes: once, unless follow was killed just then.
use strict;
use warnings;

use lib 't/lib';
use JSON::PP;
use Test::More;
use TlsGate::Cable;
use TlsGate::Ctl;
use TlsGate::Etcd;
use TlsGate::Follow;

if (my $missing = TlsGate::Etcd::missing()) { plan skip_all => $missing }

my $END = '2099-01-01T00:00:00Z';
my $KEY = 'tlsgate/state';
my @WHY = (qw(--reason because --by ops));
my $AWAY = qr/cannot be followed/;

my ($etcd, $ctl, $f, $direct, $n);
my $checked = 0; # up to that revision the audit was looked at

# Another cluster and a machine that follows it, by those ports or by all members.
sub cluster {
    my (%o) = @_;
    undef $f;
    $etcd = TlsGate::Etcd->new(%o);
    $direct = $etcd->url($KEY);
    $ctl = TlsGate::Ctl->new;
    delete $ctl->{httpd}{faked};
    $checked = 0;
}
sub follow { my ($url, %o) = @_; $f = TlsGate::Follow->new($ctl, $url // $direct, %o); return $f }

# A change at the store itself, whatever is between it and follow: the document.
sub change {
    my @what = (qw(exempt add legacy-tls), 'account:' . ++$n, '--until', $END);
    # On a machine that is busy etcd may take longer for a password than tlsgatectl waits.
    my $said;
    for (1 .. 10) {
        $said = $ctl->run('--store', $direct, @what, @WHY, '--yes');
        last unless $said->{err} =~ /nothing was changed: .*no member of etcd can be used/;
    }
    $said->{status} == 0 or die "@what: $said->{err}";
    return $etcd->get($KEY)->{value};
}

# Changes something, and waits until it is in the file and in the audit.
sub arrives {
    my ($name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $text = change();
    ok($f->has($text) && $f->wait_for(sub { $ctl->text('.audit') =~ /"account:$n"/ }), $name) or diag($f->said);
}

sub audit_is_whole {
    my ($name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my %here;
    $here{"$_->{revision} $_->{to}{client}"}++ for grep { $_->{to} } $ctl->audit;
    my @there = map { my $e = $_; map { "$e->{revision} $_->{to}{client}" } @{ $e->{lines} } } grep { $_->{revision} > $checked } $etcd->audit($KEY);
    $checked = $etcd->revision;
    is_deeply([map { "$_: " . ($here{$_} // 0) } grep { ($here{$_} // 0) != 1 } @there], [], "$name: each line of the audit came once");
}

sub away { my ($times, $name) = @_; local $Test::Builder::Level = $Test::Builder::Level + 1; ok($f->wait_for(sub { $f->says($AWAY) >= $times && !$f->note->{connected} }), $name) or diag($f->said) }
sub back { my ($name) = @_; local $Test::Builder::Level = $Test::Builder::Level + 1; ok($f->wait_for(sub { $f->note->{connected} }), $name) or diag($f->said) }

# --- members of three die or hang, each in its turn, so the one that is followed too
cluster(members => 3);
follow();
arrives('three members are followed');
for my $how (['kill', 'start', 'dies'], ['stop', 'cont', 'hangs']) {
    my ($end, $begin, $name) = @$how;
    for my $i (0 .. 2) {
        $etcd->$end($i);
        arrives("member $i $name: a change arrives");
        $etcd->$begin($i);
        $etcd->wait_healthy;
        arrives("... and another one once it is back");
    }
}
audit_is_whole('members came and went');

# --- all of them
{
    my $before = $ctl->text;
    my $said = $f->says($AWAY);
    $etcd->kill;
    away($said + 1, 'all members die: it says so');
    is($ctl->text, $before, '... the file stays');
    $etcd->restart;
    back('... they are there again');
    arrives('... and followed');
    $etcd->kill(0, 1);
    away($said + 2, 'two of three die: the one that is left is not enough');
    is($f->says($AWAY), $said + 2, '... it says so once');
    $etcd->start($_) for 0, 1;
    $etcd->wait_healthy;
    arrives('... they are there again');
    $etcd->stop($_) for 0 .. 2;
    away($said + 3, 'all hang');
    $etcd->cont($_) for 0 .. 2;
    $etcd->wait_healthy;
    arrives('... they go on');
    audit_is_whole('all members were away');
    is($f->end('TERM'), 0, 'it can be ended');
}

# --- history that is gone
cluster();
follow();
arrives('one member is followed');
$f->signal('STOP');
change() for 1 .. 3;
$etcd->compact;
my $newest = change();
$etcd->compact;
$f->signal('CONT');
ok($f->has($newest), 'follow stands still while history is compacted: the newest arrives') or diag($f->said);
arrives('... and what comes next');
$f->end('TERM');
change() for 1 .. 3;
$etcd->compact;
follow();
arrives('compacted while nothing followed');
$f->end('TERM');
audit_is_whole('history was compacted');
{
    change() for 1 .. 2;
    my $cable = TlsGate::Cable->new($etcd->port(0));
    my $through = $etcd->url($KEY, at => [$cable->port]);
    follow($through);
    arrives('started again with another address of the same cluster');
    audit_is_whole('another address');
    $cable->mode('cut');
    away(1, 'the cable is cut');
    change() for 1 .. 3;
    $etcd->compact;
    $cable->rule('/v3/watch', 'hold');
    $cable->mode('open');
    ok($f->wait_for(sub { (grep { m{/v3/watch} } $cable->requests) > 1 }), '... and mended, and the watch does not arrive');
    change() for 1 .. 2;
    $etcd->compact;
    $cable->release;
    arrives('... before the revision from which it watches is compacted');
    arrives('... and what comes next');
    audit_is_whole('the watch began too late');

    # --- a stream that is none; the question whether it has the newest is left to it
    for my $case (
        ['never answered',        do => 'swallow'],
        ['closed at once',        do => 'before'],
        ['HTTP 500',              do => 'answer', text => "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops"],
        ['what is no HTTP',       do => 'answer', text => "\0\1garbage\r\n\r\n"],
        ['what is no JSON',       do => 'answer', text => "HTTP/1.1 200 OK\r\n\r\n<html>\n\n{]\n"],
        ['JSON of another kind',  do => 'answer', text => "HTTP/1.1 200 OK\r\n\r\n[]\nnull\n7\n{\"result\":[]}\n{\"result\":{\"events\":7}}\n"],
        ['a line without end',    do => 'endless', text => "HTTP/1.1 200 OK\r\n\r\n", more => 'x' x 1000],
        ['lines without end',     do => 'endless', text => "HTTP/1.1 200 OK\r\n\r\n", more => "{\"result\":{}}\n" x 50],
        ['events without end',    do => 'endless', text => "HTTP/1.1 200 OK\r\n\r\n", more => "{\"result\":{\"header\":{\"revision\":\"3\"},\"events\":[{}]}}\n" x 20],
    ) {
        my ($name, %rule) = @$case;
        $f->end('TERM');
        $cable->rule('/v3/watch', $rule{do}, %rule, times => 1000);
        my $streams = grep { m{/v3/watch} } $cable->requests;
        follow($through);
        ok($f->wait_for(sub { (grep { m{/v3/watch} } $cable->requests) > $streams }), "the stream is $name");
        arrives('... changes arrive nevertheless');
        back('... and it is connected');
        ok($f->wait_for(sub { $f->says(qr/does not begin to watch/) }), '... and it says that nothing is heard') if $name eq 'never answered';
        ok($f->runs, '... it runs');
        my ($peak) = TlsGate::Httpd::slurp('/proc/' . $f->pid . '/status') =~ /^VmHWM:\s+(\d+) kB/m;
        # AddressSanitizer keeps what was freed.
        cmp_ok($peak // 0, '<', 100_000, '... and does not grow (kB)') unless $ENV{TLSGATE_PRELOAD};
        $cable->forget;
    }
    $f->end('TERM');
    $cable->rule('/v3/watch', 'answer', text => "HTTP/1.1 200 OK\r\n\r\n{\"result\":{\"created\":true}}\n", times => 1000);
    follow($through);
    ok($f->wait_for(sub { $f->says(qr/the watch has ended/) }), 'a stream that is closed in order again and again: it says so');
    arrives('... changes arrive');
    ok($f->note->{connected}, '... it is connected all the time');
    is_deeply([$f->says(qr/the watch has ended/), $f->says($AWAY)], [1, 0], '... and has said it once');
    $cable->forget;
    $cable->mode('cut');
    $cable->mode('open');
    arrives('a stream that is one again');
    back('... and it is connected');

    # --- the same for every answer
    my $before = $ctl->text;
    for my $answer ("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        "HTTP/1.1 200 OK\r\nContent-Length: 84\r\n\r\n" . '{"header":{"cluster_id":"1","revision":"999"},"responses":[{"response_range":{}},{}]}') {
        my $said = $f->says($AWAY) + $f->says(qr/no document/);
        $cable->mode('cut');
        $cable->rule('.', 'answer', text => $answer, times => 1000);
        $cable->mode('open');
        my $requests = $cable->requests;
        ok($f->wait_for(sub { $cable->requests > $requests + 3 && $f->says($AWAY) + $f->says(qr/no document/) > $said }), 'every answer is ' . substr($answer, 9, 6) . '...: it says so') or diag($f->said);
        is($ctl->text, $before, '... the file stays');
        $cable->forget;
        $cable->mode('cut');
        $cable->mode('open');
        arrives('... and then it goes on');
        back('... and is connected');
        $before = $ctl->text;
    }

    # --- a member that falls silent
    my $said = $f->says($AWAY);
    $cable->mode('hang');
    away($said + 1, 'a cable that passes nothing on: it says so');
    $cable->mode('open');
    arrives('... and goes on once it does');
    audit_is_whole('answers were none');
    $cable->mode('hang');
    is($f->end('TERM'), 0, 'it can be ended while nothing answers');
}

# --- another history
{
    follow();
    arrives('before the cluster is lost');
    my $before = $ctl->text;
    my $revision = $etcd->get($KEY)->{revision};
    $etcd->wipe;
    ok($f->wait_for(sub { $f->says(qr/has no document/) }), 'a cluster that is rebuilt, and has nothing: it says so') or diag($f->said);
    is($ctl->text, $before, '... the file stays');
    arrives('... until there is something');
    cmp_ok($etcd->get($KEY)->{revision}, '<', $revision, '... whose revision is older');
    # The message comes after the file.
    ok($f->wait_for(sub { $f->says(qr/another history/) == 1 }), '... it says that it follows another history now') or diag($f->said);

    # Restored: the same cluster, and what it was.
    change() for 1 .. 2;
    my ($data) = glob($etcd->dir . '/m1.[1-9]*');
    my $old = $etcd->get($KEY);
    $etcd->kill;
    system('cp', '-r', $data, "$data-backup") == 0 or die;
    $etcd->restart;
    arrives('before it is restored') for 1 .. 3;
    $etcd->kill;
    system("rm -rf '$data' && mv '$data-backup' '$data'") == 0 or die;
    $etcd->restart;
    ok($f->has($old->{value}), 'restored from a backup: the file becomes what it was') or diag($f->said);
    ok($f->wait_for(sub { $f->says(qr/another history/) == 2 }), '... it says so') or diag($f->said);
    arrives('... and goes on');

    # The same once more, and what is written then has a revision that there was already.
    my $history = sub {
        my ($away) = @_;
        $etcd->kill;
        system($away ? "cp -r '$data' '$data-backup'" : "rm -rf '$data' && mv '$data-backup' '$data'") == 0 or die;
        $etcd->restart;
    };
    $history->(1);
    arrives('before it is restored again');
    my $same = $etcd->get($KEY)->{revision};
    $f->signal('STOP');
    $history->(0);
    my $other = change();
    is($etcd->get($KEY)->{revision}, $same, 'restored, and another document has the revision of the last');
    $f->signal('CONT');
    ok($f->has($other), '... it is installed') or diag($f->said);
    ok($f->wait_for(sub { $f->says(qr/another history/) == 3 }), '... it says so') or diag($f->said);
    ok($f->wait_for(sub { $ctl->text('.audit') =~ /"account:$n"/ }), '... and its audit follows');
    arrives('... and goes on');
    $f->end('TERM');
    $etcd->wipe;
    change();
    follow();
    arrives('rebuilt while nothing followed');
    $f->end('TERM');
}

# --- tokens and permissions
{
    cluster(arguments => ['--auth-token-ttl', 1]);
    $etcd->auth_on('ops', 'secret', 'tlsgate/');
    my $password = $ctl->{httpd}->write_file('password', 'secret');
    chmod 0600, $password;
    my $cable = TlsGate::Cable->new($etcd->port(0));
    my %as = (user => 'ops', 'password-file' => $password);
    $direct = $etcd->url($KEY, %as);
    follow($etcd->url($KEY, %as, at => [$cable->port]));
    arrives('a user');
    my $logins = sub { scalar grep { /authenticate/ } $cable->requests };
    my $before = $logins->();
    ok($f->wait_for(sub { $logins->() >= $before + 2 }), 'tokens that end are got anew');
    arrives('... and changes arrive');
    $etcd->ctl('role', 'add', 'more');
    arrives('users are changed, which ends every token');
    # A machine that is busy may be too slow for a password, which is worth one.
    is($f->says(qr/$AWAY(?!.*timed out)/), 0, '... none of which is worth a word') or diag($f->said);
    $etcd->restart;
    arrives('the member was restarted, and knows no token');
    my $said = $f->says($AWAY);
    $etcd->ctl('user', 'revoke-role', 'ops', 'ops');
    away($said + 1, 'the user may not any more: it says so');
    like($f->said, qr/$AWAY.*permission denied/, '... and why');
    $etcd->ctl('user', 'grant-role', 'ops', 'ops');
    back('... and goes on once he may');
    arrives('... with the next change');
    audit_is_whole('tokens ended');
    unlike($f->said, qr/secret\b/, 'no secret was said');
    $f->end('TERM');
}

# --- more audit than one answer may have: a page of it is halved until it fits
{
    cluster();
    follow();
    arrives('before the audit is large');
    $f->end('TERM');
    my $line = '{"command":"large","reason":"' . ('x' x 900_000) . '"}' . "\n";
    $etcd->put("$KEY.audit/2000-01-01T00:00:00.${_}Z", $line) for 11 .. 30;
    follow();
    arrives('an answer that is too long does not keep the document away');
    ok($f->wait_for(sub { $f->says(qr/the answer has more than 16777216 bytes/) }), '... it says what is too long') or diag($f->said);
    my $came = sub { scalar grep { $_->{command} eq 'large' } $ctl->audit };
    ok($f->wait_for(sub { $came->() >= 20 }), '... and the audit comes');
    is($came->(), 20, '... each line of it once');
    $f->end('TERM');
}

# --- users of a cluster that is rebuilt: its members wait for what a token of then was issued at
{
    cluster();
    my $users = sub { $etcd->auth_on('ops', 'secret', 'tlsgate/') };
    $etcd->put("other/$_", 'x') for 1 .. 80;
    $users->();
    my $password = $ctl->{httpd}->write_file('password', 'secret');
    chmod 0600, $password;
    $direct = $etcd->url($KEY, user => 'ops', 'password-file' => $password);
    follow();
    arrives('a user of a cluster with a history');
    $etcd->wipe;
    $users->();
    arrives('it was rebuilt: a token of then is not used any more');
    $f->end('TERM');
}

# --- killed at every step of an installation
SKIP: {
    cluster();
    change();
    my $log = "$ctl->{httpd}{dir}/trace";
    skip 'strace is not installed, or may not trace', 1
        unless TlsGate::Etcd::in_path('strace') && system("strace -o /dev/null true 2>/dev/null") == 0;
    follow(undef, command => ['strace', '-D', '-o', $log]);
    arrives('under strace');
    $f->end('TERM');
    my (%count, @steps);
    for (split(/\n/, TlsGate::Httpd::slurp($log))) {
        my ($name) = /^(\w+)\(/ or next;
        $count{$name}++;
        push @steps, [$name, $count{$name}] if /\.(?:lock|new|audit|follow)\b/ || $name =~ /^(?:rename(?:at)?|fsync|fdatasync|ftruncate|pwrite64|flock|fchmod)$/ || ($name eq 'write' && @steps && !/^write\(2/);
    }
    my (@wrong, $killed);
    for my $step (@steps) {
        my ($name, $when) = @$step;
        my $text = change();
        follow(undef, command => ['strace', '-D', '-o', '/dev/null', '-e', "inject=$name:signal=KILL:when=$when"]);
        $f->wait_for(sub { !$f->runs || ($f->note->{revision} // 0) == $etcd->get($KEY)->{revision} });
        $killed++ unless $f->runs;
        $f->end('TERM') if $f->runs;
        follow();
        push @wrong, "$name $when: it does not go on" unless $f->has($text) && $f->wait_for(sub { $ctl->text('.audit') =~ /"account:$n"/ }) && $f->wait_for(sub { $f->note->{connected} });
        $f->end('TERM');
        # Once more where it was killed before it could note that they are there.
        my $lines = grep { ($_->{to}{client} // '') eq "account:$n" } $ctl->audit;
        push @wrong, "$name $when: $lines lines in the audit" if $lines < 1 || $lines > 2;
        push @wrong, "$name $when: something is left behind" if -e "$ctl->{state}.new";
    }
    cmp_ok($killed // 0, '>', 5, 'killed at so many steps of an installation');
    is_deeply(\@wrong, [], '... and the next follow goes on, and no line of the audit is lost');
}

done_testing;
