#!/usr/bin/perl
# Faults between tlsgatectl and etcd: connections that are cut before or after the
# request has arrived, members that hang or have no quorum, invalid answers. A change is
# made once or not at all, and the messages about it are true.
use strict;
use warnings;

use lib 't/lib';
use JSON::PP;
use POSIX ();
use Test::More;
use TlsGate::Cable;
use TlsGate::Ctl;
use TlsGate::Etcd;
use TlsGate::State;

if (my $missing = TlsGate::Etcd::missing()) { plan skip_all => $missing }

my $program = TlsGate::Ctl::program();
my $END = '2099-01-01T00:00:00Z';
my @WHY = (qw(--reason because --by ops));
my $DOUBT = qr/outcome unknown/;
my $NOTHING = qr/nothing was changed/;
my $WRITE = 'request_?[pP]ut'; # in the body of a request that writes

my $ctl = TlsGate::Ctl->new;
delete $ctl->{httpd}{faked};
my $etcd = TlsGate::Etcd->new;
my $keys = 0;
$ENV{TLSGATE_WAIT} = 'none'; # nobody runs that could act on a change

# A call that hangs has status 124.
sub call { my ($store, @args) = @_; return ('timeout', 90, $program, '--state', $ctl->{state}, '--httpd', '/nonexistent/httpd', '--store', $store, @args) }
sub add { my ($who) = @_; return (qw(exempt add legacy-tls), "account:$who", '--until', $END, @WHY, '--yes') }

# The number of documents with that client that were written, and of its audit entries.
sub written {
    my ($key, $who, $where) = @_;
    $where ||= $etcd;
    my $now = $where->get($key);
    my $there = $now ? grep { $_->{client} eq "account:$who" } @{ JSON::PP->new->utf8->decode($now->{value})->{exemptions} } : 0;
    my $audits = grep { ($_->{lines}[0]{to}{client} // '') eq "account:$who" } $where->audit($key);
    return ($there, $audits);
}

sub hear { my ($said) = @_; return "status $said->{status}\n--- out\n$said->{out}--- err\n$said->{err}" }

sub answer { my ($status, $body, @more) = @_; return join("\r\n", "HTTP/1.1 $status", 'Content-Type: application/json', 'Content-Length: ' . length $body, @more, '', $body) }

# --- one request fails, all others succeed: the change is made, once
my @cases = (
    # the fault of the first request that writes
    ['cut before it arrives',                 do => 'before'],
    ['cut after it is done',                  do => 'after'],
    ['done, and the answer never comes',      do => 'swallow'],
    ['kept back, and passed on late',         do => 'hold'],
    ['HTTP 500',                              do => 'answer', text => answer('500 Oops', 'oops')],
    ['HTTP 503 with words of etcd',           do => 'answer', text => answer('503 Service Unavailable', '{"error":"etcdserver: no leader","message":"etcdserver: no leader","code":14}')],
    ['a timeout within etcd',                 do => 'answer', text => answer('503 Service Unavailable', '{"error":"etcdserver: request timed out","code":14}')],
    ['done, and a proxy has no answer',       do => 'instead', text => answer('502 Bad Gateway', '{"error":"x","code":13}')],
    ['too many requests',                     do => 'answer', text => answer('429 Too Many Requests', '{"error":"etcdserver: too many requests","code":8}')],
    ['half an answer',                        do => 'answer', text => substr(answer('200 OK', '{"header":{},"succeeded":true}'), 0, -9)],
    ['nothing but the head of an answer',     do => 'answer', text => "HTTP/1.1 200 OK\r\nContent-Le"],
    ['not HTTP',                              do => 'answer', text => "\0\1\2garbage\r\n\r\n" x 10],
    ['an empty answer',                       do => 'answer', text => answer('200 OK', '')],
);
my @begun = map {
    my ($name, %rule) = @$_;
    my $cable = TlsGate::Cable->new($etcd->port(0));
    my $key = 'once-' . ++$keys;
    $cable->rule($WRITE, $rule{do}, %rule);
    { name => $name, cable => $cable, key => $key, run => $ctl->begin({}, call($etcd->url($key, at => [$cable->port]), add('once'))) };
} @cases;
for my $case (@begun) {
    my $said = $ctl->finish($case->{run});
    $case->{cable}->release;
    is($said->{status}, 0, "one request: $case->{name}: the change is made") or diag(hear($said));
    like($said->{err}, qr/^tlsgatectl: written: /m, '... and it says so');
    is_deeply([written($case->{key}, 'once')], [1, 1], '... once, with one audit');
    is($etcd->get($case->{key})->{version}, 1, '... and nothing overwrites it');
}

# --- another change while the answer is lost
{
    my $cable = TlsGate::Cable->new($etcd->port(0));
    my $through = $etcd->url('race', at => [$cable->port]);
    $cable->rule($WRITE, 'swallow');
    my $first = $ctl->begin({}, call($through, add('first')));
    $ctl->{httpd}->wait_until(sub { $etcd->get('race') });
    my $second = $ctl->run_as({}, call($etcd->url('race'), add('second')));
    is($second->{status}, 0, 'another change, before the first one knows that it is done') or diag(hear($second));
    my $said = $ctl->finish($first);
    is($said->{status}, 0, '... which it finds out') or diag(hear($said));
    is_deeply([written('race', 'first'), written('race', 'second')], [1, 1, 1, 1], '... and nothing is done twice or lost');

    $cable->rule($WRITE, 'hold');
    $first = $ctl->begin({}, call($through, add('third')));
    ok($ctl->{httpd}->wait_until(sub { $cable->held }), 'a request that does not arrive yet');
    $second = $ctl->run_as({}, call($etcd->url('race'), add('fourth')));
    $said = $ctl->finish($first);
    $cable->release;
    is_deeply([$said->{status}, $second->{status}], [0, 0], 'another change, before the first one arrives') or diag(hear($said));
    is_deeply([written('race', 'third'), written('race', 'fourth')], [1, 1, 1, 1], '... nothing is done twice or lost, whenever it arrives');
}

# --- the document is deleted while the answer is lost
{
    my $cable = TlsGate::Cable->new($etcd->port(0));
    $cable->rule($WRITE, 'swallow');
    my $run = $ctl->begin({}, call($etcd->url('deleted', at => [$cable->port]), add('deleted')));
    ok($ctl->{httpd}->wait_until(sub { $etcd->get('deleted') }), 'a change is done, and its answer is lost');
    $etcd->del('deleted');
    my $said = $ctl->finish($run);
    like($said->{status}, qr/^[012]$/, '... and the document is deleted: it ends') or diag(hear($said));
    is_deeply([grep { $_->{version} != 1 } $etcd->audit('deleted')], [], '... and nothing is put twice');
}

# --- each request that writes fails: the message is no more certain than the outcome
@cases = (
    # fault                               whether the change is made
    ['cut before it arrives',             0, do => 'before'],
    ['cut after it is done',              1, do => 'after'],
    ['done, and the answer never comes',  1, do => 'swallow'],
    ['HTTP 500',                          0, do => 'answer', text => answer('500 Oops', 'oops')],
    ['JSON of another kind',              0, do => 'answer', text => answer('200 OK', '[]')],
    ['JSON without a result',             0, do => 'answer', text => answer('200 OK', '{}')],
    ['a result that is not boolean',      0, do => 'answer', text => answer('200 OK', '{"header":{"revision":"9"},"succeeded":"yes"}')],
);
@begun = map {
    my ($name, $done, %rule) = @$_;
    my $cable = TlsGate::Cable->new($etcd->port(0));
    my $key = 'always-' . ++$keys;
    $cable->rule($WRITE, $rule{do}, %rule, times => 1000);
    { name => $name, done => $done, cable => $cable, key => $key, run => $ctl->begin({}, call($etcd->url($key, at => [$cable->port]), add('always'))) };
} @cases;
for my $case (@begun) {
    my $said = $ctl->finish($case->{run});
    my @is = written($case->{key}, 'always');
    is_deeply(\@is, [($case->{done}) x 2], "each request: $case->{name}: " . ($case->{done} ? 'it is done, once' : 'nothing is done'));
    # `after`: curl and tlsgatectl try again, and learn the outcome from the store.
    ok($said->{status} == 1 && $said->{err} =~ $DOUBT, '... with a message that the outcome is unknown') or diag(hear($said));
    unlike($said->{err}, $NOTHING, '... and does not deny it');
}

# --- only invalid answers, from the first request on
my $range = sub { my ($kvs) = @_; return '{"header":{"cluster_id":"1","member_id":"1","revision":"9","raft_term":"1"},"kvs":' . $kvs . ',"count":"1"}' };
my $with = sub { my ($kv) = @_; return $range->("[$kv]") };
@cases = (
    # the answer
    ['HTTP 500',                     text => answer('500 Oops', 'oops')],
    ['HTTP 404, as without gateway', text => answer('404 Not Found', "404 page not found\n"), says => qr/gateway/],
    ['another place',                text => answer('302 Found', '', 'Location: http://127.0.0.1:' . $etcd->port(0) . '/v3/kv/txn')],
    ['a page of a portal',           text => answer('200 OK', '<html><body>Please log in</body></html>')],
    ['an error that is not text',    text => answer('400 Bad Request', '{"error":{"a":1},"code":"x"}')],
    ['an empty answer',              text => answer('200 OK', '')],
    ['half an answer',               text => "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"header\":{"],
    ['not HTTP',                     text => "SSH-2.0-OpenSSH_9.2\r\n"],
    ['nothing at all',               text => ''],
    ['a list',                       text => answer('200 OK', '[]')],
    ['an empty object',              text => answer('200 OK', '{}')],
    ['null',                         text => answer('200 OK', 'null')],
    ['JSON of great depth',          text => answer('200 OK', '[' x 200_000)],
    ['no header',                    text => answer('200 OK', '{"kvs":[],"count":"0"}')],
    ['a header of another kind',     text => answer('200 OK', '{"header":[7],"kvs":[]}')],
    ['a header without a cluster',   text => answer('200 OK', '{"header":{"revision":"9"},"kvs":[]}')],
    ['a header without a revision',  text => answer('200 OK', '{"header":{"cluster_id":"1"},"kvs":[]}')],
    ['pairs that are not a list',    text => answer('200 OK', $range->('{"key":"a"}'))],
    ['a pair of another kind',       text => answer('200 OK', $range->('[7]'))],
    ['a value that is not base64',   text => answer('200 OK', $with->('{"key":"a","mod_revision":"5","value":"%%%%"}'))],
    ['a value that is cut',          text => answer('200 OK', $with->('{"key":"a","mod_revision":"5","value":"eyJ"}'))],
    ['a value that is a number',     text => answer('200 OK', $with->('{"key":"a","mod_revision":"5","value":7}'))],
    ['no revision',                  text => answer('200 OK', $with->('{"key":"a","value":"e30="}'))],
    ['a revision below 0',           text => answer('200 OK', $with->('{"key":"a","mod_revision":"-5","value":"e30="}'))],
    ['an answer without end',        do => 'endless', text => "HTTP/1.1 200 OK\r\n\r\n", more => '{"header":[' x 50],
    ['a head without end',           do => 'endless', text => "HTTP/1.1 200 OK\r\n", more => "X-More: and more\r\n" x 50],
);
@begun = map {
    my ($name, %rule) = @$_;
    my $cable = TlsGate::Cable->new($etcd->port(0));
    $cable->rule('.', $rule{do} || 'answer', times => 1000, map { ($_ => $rule{$_}) } qw(text more));
    my $url = $etcd->url('wrong', at => [$cable->port]);
    { name => $name, says => $rule{says}, cable => $cable, runs => [map { $ctl->begin({}, call($url, @$_)) } [add('wrong')], [qw(exempt list)]] };
} @cases;
for my $case (@begun) {
    my ($write, $read) = map { $ctl->finish($_) } @{ $case->{runs} };
    is_deeply([@$write{qw(status)}, @$read{qw(status out)}], [2, 2, ''], "each answer is $case->{name}: neither a change nor a list") or diag(hear($write) . hear($read));
    like($_->{err}, qr/127\.0\.0\.1:@{[$case->{cable}->port]}|etcd/, '... and it says where') for $write, $read;
    like($write->{err}, $NOTHING, '... and that nothing was changed');
    like($read->{err}, $case->{says}, '... and a possible cause') if $case->{says};
}
is_deeply([written('wrong', 'wrong')], [0, 0], 'nothing was written by any of them');
@begun = ();

# --- a token that is no longer accepted
{
    my $users = TlsGate::Etcd->new;
    $users->auth_on('ops', 'secret', 'tlsgate/');
    my $password = $ctl->{httpd}->write_file('password', 'secret');
    chmod 0600, $password;
    my $cable = TlsGate::Cable->new($users->port(0));
    my $url = $users->url('tlsgate/state', user => 'ops', 'password-file' => $password, at => [$cable->port]);
    $cable->rule($WRITE, 'answer', text => answer('401 Unauthorized', '{"error":"etcdserver: invalid auth token","code":16}'));
    my $said = $ctl->run_as({}, call($url, add('token')));
    is($said->{status}, 0, 'a token that is no longer accepted: a new one') or diag(hear($said));
    is_deeply([written('tlsgate/state', 'token', $users)], [1, 1], '... and the change is made, once');
    $cable->rule($WRITE, 'answer', text => answer('401 Unauthorized', '{"code":16,"message":"etcdserver: invalid auth token","details":[]}'));
    $said = $ctl->run_as({}, call($url, add('newer')));
    is($said->{status}, 0, '... also in the words of etcd 3.6') or diag(hear($said));
    is_deeply([written('tlsgate/state', 'newer', $users)], [1, 1], '... and the change is made, once');
    $cable->rule($WRITE, 'answer', times => 1000, text => answer('401 Unauthorized', '{"error":"etcdserver: invalid auth token","code":16}'));
    $said = $ctl->run_as({}, call($url, add('never')));
    is($said->{status}, 2, 'no token is ever accepted: it fails') or diag(hear($said));
    is_deeply([written('tlsgate/state', 'never', $users)], [0, 0], '... with nothing done');
    unlike($said->{err}, qr/secret/, '... and no secret printed');
}

# --- three members
$etcd = TlsGate::Etcd->new(members => 3);
my $three = $etcd->url('three');
is($ctl->run_as({}, call($three, add('before')))->{status}, 0, 'three members');
{
    $etcd->stop(0);
    my $said = $ctl->run_as({}, call($three, add('one-hangs')));
    is($said->{status}, 0, 'the first one hangs: the change is made') or diag(hear($said));
    is($ctl->run_as({}, call($three, qw(exempt list)))->{status}, 0, '... and read');
    $etcd->cont(0);
    $etcd->wait_healthy;
    is_deeply([written('three', 'one-hangs')], [1, 1], '... once, also after the member continued');

    $etcd->stop($_) for 0 .. 2;
    my @both = map { $ctl->begin({}, call($three, @$_)) } [add('all-hang')], [qw(exempt list)];
    @both = map { $ctl->finish($_) } @both;
    is_deeply([map { $_->{status} } @both], [2, 2], 'all hang: it gives up') or diag(map { hear($_) } @both);
    like($both[0]{err}, $NOTHING, '... says that nothing was changed');
    for my $port ($etcd->ports) { like($both[1]{err}, qr/127\.0\.0\.1:$port: ./, '... and names each') }
    $etcd->cont($_) for 0 .. 2;
    $etcd->wait_healthy;
    is_deeply([written('three', 'all-hang')], [0, 0], '... with nothing done, also later');

    $etcd->kill(0, 2);
    @both = map { $ctl->finish($_) } map { $ctl->begin({}, call($three, @$_)) } [add('no-quorum')], [qw(exempt list)];
    is_deeply([map { $_->{status} } @both], [2, 2], 'two of three are dead: it gives up') or diag(map { hear($_) } @both);
    for my $port ($etcd->ports) { like($both[1]{err}, qr/127\.0\.0\.1:$port: ./, '... and names each') }
    $etcd->start($_) for 0, 2;
    $etcd->wait_healthy;
    is_deeply([written('three', 'no-quorum')], [0, 0], '... with nothing done, also later');

    my @waiting = map { $ctl->begin({}, call($three, add("election-$_"))) } 1 .. 3;
    $etcd->kill(1);
    my @said = map { $ctl->finish($_) } @waiting;
    is_deeply([map { $_->{status} } @said], [0, 0, 0], 'one dies while others write: a new leader is waited for') or diag(map { hear($_) } @said);
    $etcd->start(1);
    $etcd->wait_healthy;
    is_deeply([map { written('three', "election-$_") } 1 .. 3], [(1) x 6], '... and each change is made once');
}

# --- the quorum is lost between reading and writing
{
    my $cable = TlsGate::Cable->new($etcd->port(1));
    $cable->rule($WRITE, 'hold');
    my $run = $ctl->begin({}, call($etcd->url('three', at => [$cable->port]), add('in-between')));
    ok($ctl->{httpd}->wait_until(sub { $cable->held }), 'a request that is on its way');
    $etcd->kill(0, 2);
    $cable->release;
    my $said = $ctl->finish($run);
    ok($said->{status} == 1 && $said->{err} =~ $DOUBT, 'the quorum is lost after the request: the outcome is reported as unknown') or diag(hear($said));
    $etcd->start($_) for 0, 2;
    $etcd->wait_healthy;
    my ($there, $audits) = written('three', 'in-between');
    is($there, $audits, '... and document and audit agree on it');
}

# --- members come and go while others write
{
    my $enough = "$ctl->{httpd}{dir}/enough";
    my %change = map { $_ => [qw(suspend kx --until), $END, qw(--by ops --yes --reason)] } 1 .. 3;
    my @writers = map {
        my $w = $_;
        pipe(my $in, my $out) or die "pipe: $!";
        my $pid = fork() // die "fork: $!";
        if (!$pid) {
            open($_, '>', '/dev/null') for *STDOUT, *STDERR;
            my @ends;
            while (!-e $enough) { push @ends, system(call($etcd->url('busy'), @{ $change{$w} }, "$w-" . @ends)) >> 8 }
            syswrite($out, "@ends");
            POSIX::_exit(0);
        }
        close $out;
        [$pid, $in];
    } 1 .. 3;
    for my $turn (0 .. 5) {
        my $i = $turn % 3;
        $turn < 3 ? $etcd->kill($i) : $etcd->stop($i);
        my $before = $etcd->revision;
        $ctl->{httpd}->wait_until(sub { $etcd->revision > $before + 3 });
        $turn < 3 ? $etcd->start($i) : $etcd->cont($i);
        $etcd->wait_healthy;
    }
    $ctl->{httpd}->write_file('enough', '');
    my @ends = map { my ($pid, $in) = @$_; my $text = do { local $/; <$in> } // ''; waitpid($pid, 0); [split(/ /, $text)] } @writers;
    my (%audits, %ended, @wrong);
    $audits{ $_->{lines}[0]{reason} }++ for $etcd->audit('busy');
    for my $w (1 .. 3) {
        for my $i (0 .. $#{ $ends[$w - 1] }) {
            my ($end, $audits) = ($ends[$w - 1][$i], $audits{"$w-$i"} // 0);
            $ended{$end}++;
            push @wrong, "$w-$i: it says $end, and there are $audits"
                if $audits > 1 || $end !~ /^[012]$/ || ($end == 0 && !$audits) || ($end == 2 && $audits);
        }
    }
    ok(!@wrong, 'members are killed and hang in turn: each change is made once, or reported as not made') or diag(join "\n", @wrong);
    is($etcd->get('busy')->{version}, scalar keys %audits, '... and the document was written as many times as the audit says');
    cmp_ok($ended{0} // 0, '>', 20, '... and most are made') or diag(explain(\%ended));
}

done_testing;
