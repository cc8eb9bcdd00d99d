#!/usr/bin/perl
# Faults around tlsgatectl follow: members that die or hang, all of them at once, a
# history that is compacted, rebuilt or restored, tokens that expire, invalid answers, and
# follow itself killed at any step. The file always ends up as in the store, and each
# line of the audit arrives: once, unless follow was killed just then.
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
my $checked = 0; # the audit was checked up to that revision

# A new cluster and a machine that follows it, through those ports or all members.
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

# Changes the store directly, whatever is between it and follow. Returns the document.
sub change {
    my @what = (qw(exempt add legacy-tls), 'account:' . ++$n, '--until', $END);
    # On a busy machine etcd may need longer for a password than tlsgatectl waits.
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
    is_deeply([map { "$_: " . ($here{$_} // 0) } grep { ($here{$_} // 0) != 1 } @there], [], "$name: each line of the audit arrived once");
}

sub away { my ($times, $name) = @_; local $Test::Builder::Level = $Test::Builder::Level + 1; ok($f->wait_for(sub { $f->says($AWAY) >= $times && !$f->note->{connected} }), $name) or diag($f->said) }
sub back { my ($name) = @_; local $Test::Builder::Level = $Test::Builder::Level + 1; ok($f->wait_for(sub { $f->note->{connected} }), $name) or diag($f->said) }

# --- members of three die or hang in turn, including the one that is followed
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
        arrives("... and another one when it is back");
    }
}
audit_is_whole('members came and went');

# --- all of them
{
    my $before = $ctl->text;
    my $said = $f->says($AWAY);
    $etcd->kill;
    away($said + 1, 'all members die: an error');
    is($ctl->text, $before, '... the file stays');
    $etcd->restart;
    back('... they are back again');
    arrives('... and followed');
    $etcd->kill(0, 1);
    away($said + 2, 'two of three die: the remaining one is not enough');
    is($f->says($AWAY), $said + 2, '... one message');
    $etcd->start($_) for 0, 1;
    $etcd->wait_healthy;
    arrives('... they are back again');
    $etcd->stop($_) for 0 .. 2;
    away($said + 3, 'all hang');
    $etcd->cont($_) for 0 .. 2;
    $etcd->wait_healthy;
    arrives('... they go on');
    audit_is_whole('all members were away');
    is($f->end('TERM'), 0, 'it can be ended');
}

# --- history that is compacted
cluster();
follow();
arrives('one member is followed');
$f->signal('STOP');
change() for 1 .. 3;
$etcd->compact;
my $newest = change();
$etcd->compact;
$f->signal('CONT');
ok($f->has($newest), 'follow is stopped while the history is compacted: the newest document arrives') or diag($f->said);
arrives('... and the next change');
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
    ok($f->wait_for(sub { (grep { m{/v3/watch} } $cable->requests) > 1 }), '... and restored, and the watch request does not arrive');
    change() for 1 .. 2;
    $etcd->compact;
    $cable->release;
    arrives('... before the revision from which it watches is compacted');
    arrives('... and the next change');
    audit_is_whole('the watch began too late');

    # --- an invalid stream; polls for the newest revision still work
    for my $case (
        ['never answered',        do => 'swallow'],
        ['closed at once',        do => 'before'],
        ['HTTP 500',              do => 'answer', text => "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops"],
        ['not HTTP',              do => 'answer', text => "\0\1garbage\r\n\r\n"],
        ['not JSON',              do => 'answer', text => "HTTP/1.1 200 OK\r\n\r\n<html>\n\n{]\n"],
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
        ok($f->wait_for(sub { $f->says(qr/did not start the watch/) }), '... with a message that nothing arrives') if $name eq 'never answered';
        ok($f->runs, '... it runs');
        my ($peak) = TlsGate::Httpd::slurp('/proc/' . $f->pid . '/status') =~ /^VmHWM:\s+(\d+) kB/m;
        # AddressSanitizer keeps freed memory.
        cmp_ok($peak // 0, '<', 100_000, '... and does not grow (kB)') unless $ENV{TLSGATE_PRELOAD};
        $cable->forget;
    }
    $f->end('TERM');
    $cable->rule('/v3/watch', 'answer', text => "HTTP/1.1 200 OK\r\n\r\n{\"result\":{\"created\":true}}\n", times => 1000);
    follow($through);
    ok($f->wait_for(sub { $f->says(qr/the watch has ended/) }), 'a stream that is closed properly again and again: a message');
    arrives('... changes arrive');
    ok($f->note->{connected}, '... it is connected all the time');
    is_deeply([$f->says(qr/the watch has ended/), $f->says($AWAY)], [1, 0], '... and has printed it once');
    $cable->forget;
    $cable->mode('cut');
    $cable->mode('open');
    arrives('a proper stream again');
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
        arrives('... and then it continues');
        back('... and is connected');
        $before = $ctl->text;
    }

    # --- a member that falls silent
    my $said = $f->says($AWAY);
    $cable->mode('hang');
    away($said + 1, 'a cable that passes nothing on: an error');
    $cable->mode('open');
    arrives('... and it continues once it does');
    audit_is_whole('answers were invalid');
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
    ok($f->wait_for(sub { $f->says(qr/has no document/) }), 'a cluster that is rebuilt and empty: a message') or diag($f->said);
    is($ctl->text, $before, '... the file stays');
    arrives('... until it has a document');
    cmp_ok($etcd->get($KEY)->{revision}, '<', $revision, '... whose revision is older');
    # The message is printed after the file is written.
    ok($f->wait_for(sub { $f->says(qr/a different history/) == 1 }), '... with a message that it now follows another history') or diag($f->said);

    # Restored: the same cluster with an earlier content.
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
    ok($f->has($old->{value}), 'restored from a backup: the file returns to its earlier content') or diag($f->said);
    ok($f->wait_for(sub { $f->says(qr/a different history/) == 2 }), '... with a message') or diag($f->said);
    arrives('... and it continues');

    # The same again, and the next document has a revision that was already used.
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
    # What else took a revision before, such as what the machine said of itself.
    $etcd->put('other', 'x') while $etcd->revision < $same - 1;
    my $other = change();
    is($etcd->get($KEY)->{revision}, $same, 'restored, and another document has the revision of the last');
    $f->signal('CONT');
    ok($f->has($other), '... it is installed') or diag($f->said);
    ok($f->wait_for(sub { $f->says(qr/a different history/) == 3 }), '... with a message') or diag($f->said);
    ok($f->wait_for(sub { $ctl->text('.audit') =~ /"account:$n"/ }), '... and its audit follows');
    arrives('... and it continues');
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
    ok($f->wait_for(sub { $logins->() >= $before + 2 }), 'expired tokens are replaced');
    arrives('... and changes arrive');
    $etcd->ctl('role', 'add', 'more');
    arrives('users are changed, which ends every token');
    # A busy machine may be too slow for a password, which does get a message.
    is($f->says(qr/$AWAY(?!.*timed out)/), 0, '... none of which gets a message') or diag($f->said);
    $etcd->restart;
    arrives('the member was restarted, and has lost all tokens');
    my $said = $f->says($AWAY);
    $etcd->ctl('user', 'revoke-role', 'ops', 'ops');
    away($said + 1, 'the user has lost access: an error');
    like($f->said, qr/$AWAY.*permission denied/, '... and why');
    $etcd->ctl('user', 'grant-role', 'ops', 'ops');
    back('... and it continues once access is back');
    arrives('... with the next change');
    audit_is_whole('tokens ended');
    unlike($f->said, qr/secret\b/, 'no secret was printed');
    $f->end('TERM');
}

# --- more audit than one answer may have: the page is halved until it fits
{
    cluster();
    follow();
    arrives('before the audit is large');
    $f->end('TERM');
    my $line = '{"command":"large","reason":"' . ('x' x 900_000) . '"}' . "\n";
    $etcd->put("$KEY.audit/2000-01-01T00:00:00.${_}Z", $line) for 11 .. 30;
    follow();
    arrives('an answer that is too long does not hold up the document');
    ok($f->wait_for(sub { $f->says(qr/the answer has more than 16777216 bytes/) }), '... with an error about the long answer') or diag($f->said);
    my $came = sub { scalar grep { $_->{command} eq 'large' } $ctl->audit };
    ok($f->wait_for(sub { $came->() >= 20 }), '... and the audit arrives');
    is($came->(), 20, '... each line of it once');
    $f->end('TERM');
}

# --- users of a rebuilt cluster: its members wait for the revision at which an old token was issued
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
    arrives('it was rebuilt: an old token is not used any longer');
    $f->end('TERM');
}

# --- killed at every step of an installation
SKIP: {
    cluster();
    change();
    my $log = "$ctl->{httpd}{dir}/trace";
    skip 'strace is not installed, or is not allowed to trace', 1
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
        push @wrong, "$name $when: it does not continue" unless $f->has($text) && $f->wait_for(sub { $ctl->text('.audit') =~ /"account:$n"/ }) && $f->wait_for(sub { $f->note->{connected} });
        $f->end('TERM');
        # Twice if it was killed before it could record that they were written.
        my $lines = grep { ($_->{to}{client} // '') eq "account:$n" } $ctl->audit;
        push @wrong, "$name $when: $lines lines in the audit" if $lines < 1 || $lines > 2;
        push @wrong, "$name $when: a temporary file is left" if -e "$ctl->{state}.new";
    }
    cmp_ok($killed // 0, '>', 5, 'killed at several steps of an installation');
    is_deeply(\@wrong, [], '... and the next follow continues, and no line of the audit is lost');
}

done_testing;
