# tlsgatectl report --from clickhouse://...: the report from ClickHouse is byte for byte that from the file, with the server of
# Debian 12 and with a current engine, on a log that has everything which a client could send, and damaged lines. A user
# who may only read is enough, and what does not work says why.
use strict;
use warnings;
use lib 't/lib';
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use TlsGate::ClickHouse;
use TlsGate::Ctl qw(said_in);
use TlsGate::Httpd;

my $why = TlsGate::ClickHouse::missing();
plan skip_all => $why if $why;

my $dir = tempdir('tlsgate-report-XXXXXX', TMPDIR => 1, CLEANUP => 1);
sub write_file { my ($name, $text) = @_; open(my $out, '>:raw', "$dir/$name") or die "$name: $!"; print $out $text; close $out; return "$dir/$name" }

sub says { return said_in($dir, @_) }
sub report { return says('report', @_) }

# Long texts: only where they differ is told.
sub same {
    my ($got, $wanted, $what) = @_;
    ok(length $wanted && $got eq $wanted, $what) and return;
    write_file('got', $got), write_file('wanted', $wanted);
    diag qx(diff $dir/wanted $dir/got | cut -c1-200 | head -6);
    return;
}

# --- a log

srand 4;
sub one_of { return $_[ rand @_ ] }
sub quoted { my ($text) = @_; $text =~ s/(["\\])/\\$1/g; return qq("$text") }
my @agents = ('Java/1.7.0_80', 'x" "ja4":"t10d"', 'back\\slash\\', q('; DROP TABLE tlsgate; --), "tab\xef\xbf\xbd", "\xc3\xbc\xf0\x9f\x98\x80",
    '<b>&amp;|', '`$(id)`', "'", '%s%n', '{"tlsgate":{"client":"account:evil"}}', '}]{[');
my @clients = ((map { "account:$_" } 'acme', 'bolt', q(o'brien), 'quo"te', 'back\\slash', "\xc3\xbc", '-', 'ip:trick', '{', 'a' x 200, 1 .. 9), 'cert:CN=c');
my @ja4s = qw(t10d090600_c491f621fb4c_195413a0cc0f t10d090700_c491f621fb4c_000000000000 t11d100800_aaaaaaaaaaaa_bbbbbbbbbbbb short);
my $seconds = 1_530_403_200;

sub a_line {
    $seconds += int rand 200;
    my @t = gmtime($seconds);
    my $time = sprintf '%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', $t[5] + 1900, $t[4] + 1, @t[ 3, 2, 1, 0 ], rand 1000;
    my $ip = rand() < .2 ? '2001:db8::' . int(rand 9) : '192.0.2.' . int(rand 15);
    my ($protocol, $cause) = (one_of(qw(unknown cleartext SSLv3 TLSv1 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3)), one_of(qw("old" "pinned" "server-capped" "fallback" "capable" null)));
    my $hello = quoted(one_of(@ja4s));
    my ($agent, $host) = (quoted(one_of(@agents)), quoted(one_of('api.example.com', q(x'y.example), 'z"')));
    if (rand() < .15) {
        my $by = rand() < .5 ? '"legacy","phase":"refuse","verdict":"refuse","enforced":true' : 'null,"phase":null,"verdict":null,"enforced":false';
        return qq({"\@timestamp":"$time","ecs":{"version":"8.17.0"},"client":{"port":9,"ip":"$ip"},"tls":{"version":"1.0","established":false,)
            . qq("client":{"server_name":$host,"ja4":$hello}},"tlsgate":{"client":"ip:$ip","protocol":"$protocol","schedule":$by,"override":null,)
            . qq("exemption":null,"test":false,"cause":$cause,"alert":"protocol_version"}}\n);
    }
    my $client = rand() < .8 ? quoted(one_of(@clients)) : qq("ip:$ip");
    my @parts = (qq({"\@timestamp":"$time","ecs":{"version":"8.17.0"}), rand() < .9 ? qq("client":{"port":9,"ip":"$ip"}) : (), rand() < .9 ? qq("user_agent":{"original":$agent}) : (),
        qq("url":{"domain":$host,"path":") . one_of('/a\\"b', '/open/x') . qq("},"http":{"request":{"method":"GET"},"response":{"status_code":426}}),
        qq("tls":{"version":"1.0","established":true,"cipher":"C","curve":"x25519","client":{"server_name":"sni.example.com",) . (rand() < .9 ? qq("ja4":$hello) : '"x":{}') . '}}',
        qq("tlsgate":{"client":$client,"cipher":"D") . (rand() < .2 ? ',"address_hash":"sha256:' . ('0' x 31) . int(rand 5) . '"' : '') . (rand() < .3 ? ',"advice":' . quoted(one_of('Upgrade "it"', 'Take \\another', '{')) : ''),
        qq("protocol":"$protocol","schedule":") . one_of(qw(legacy legacy other)) . '","phase":"trial","verdict":"' . one_of(qw(warn reject reject observe)) . '"',
        '"enforced":' . one_of(qw(true true false)), '"override":' . one_of('null', 'null', '{"kind":"suspend","until":"2018-07-02T00:00:00Z"}', '{"kind":"guard","until":null}'),
        '"exemption":' . one_of('null', '{"until":"2018-07-02T00:00:00Z","owner":"\\"test\\":true"}'), '"test":' . (rand() < .05 ? 'true' : 'false'),
        qq("cause":$cause,"client_hello":{"max_version":"TLSv1","versions":["TLSv1"]}}}\n));
    return join ',', @parts;
}
my @lines = map { a_line() } 1 .. 3000;
# One with most requests, whose handshakes failed more seldom than others.
push @lines, map { my $rest = $_ > 1 ? '"url":{"domain":"own.example.com"},"tls":{"established":true,' : '"tls":{"established":false,';
    qq({"\@timestamp":"2018-07-03T00:0$_:00.000Z","client":{"port":9,"ip":"198.51.100.7"},$rest"client":{"ja4":"$ja4s[0]"}},"tlsgate":{"client":)
        . ($_ > 1 ? '"account:own"' : '"ip:198.51.100.7"') . qq(,"protocol":"TLSv1"}}\n) } 1, (2 .. 9) x 100;
# The last record is of nobody who is listed.
push @lines, qq({"\@timestamp":"2018-07-08T00:00:00.000Z","client":{"ip":"198.51.100.8"},"tls":{"established":false},"tlsgate":{"client":"ip:198.51.100.8","protocol":"TLSv1"}}\n);
my $log = write_file('tlsgate.ndjson', join '', @lines);

my $many = write_file('many', join '', map { s/"client":"(?:\\.|[^"\\])*","cipher"/sprintf '"client":"account:%s%d","cipher"', 'x' x 150, rand 400/er } @lines);

# The plan of a server with trials in that time.
my $h = TlsGate::Httpd->new(clock => '2018-07-02T00:00:00Z', conf => <<'CONF');
Listen @tls@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-02T09:00Z/PT2H
    TlsGateTrial     2018-07-03T00:00Z/PT10M every=PT1H until=2018-07-04T00:00Z
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
<TlsGateSchedule other>
    TlsGateDeprecate TLSv1.2
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-03T10:00Z/PT1H
    TlsGateCutoff    2018-09-07T08:40Z
</TlsGateSchedule>
TlsGate legacy other
TlsGateState $DIR/state.json
<VirtualHost *:@tls@>
    ServerName api.example.com
    SSLEngine on
    <Location /open>
        TlsGate off
    </Location>
</VirtualHost>
CONF
$h->start;
my @state = ('--state', $h->dir . '/state.json');

# --- damage, as it happens to logs: what is torn, runs into the next line, or has other bytes in it

sub damage {
    my ($line) = @_;
    chomp $line;
    my $at = 1 + int rand(length($line) - 2);
    my $value = 2 + index $line, '":', rand index $line, '"cause"';
    my $kind = int rand 7;
    substr($line, $at) = '' if $kind == 0;
    substr($line, $value, 1 + rand 4) = '' if $kind == 1;
    substr($line, $at, 3) = one_of("\x00\x00\x00", "\xff\xfe", "\xed\xa0\x80", "\xc0\xaf", "\x1b[2J") if $kind == 2;
    substr($line, $value, 0) = one_of(qw({ } [ ] " \\ : 0 1e null)) if $kind == 3;
    substr($line, $at) = $lines[ rand @lines ] =~ s/\n//r if $kind == 4;
    $line = one_of('[]', '{', '"', '0', '{}', '{"established":"]"}', '{"tlsgate":"]"}', '{"tlsgate":{"client":"]}"}}', ']]]]', '{"tlsgate":}]', '{"tlsgate":[{"client":"a"}}',
        '{"@timestamp":"2018-02-30T00:00:00Z","tlsgate":{"client":"a","protocol":"TLSv1"}}', '{"@timestamp":"2018-07-01T24:00:00Z","tlsgate":{"client":"a","protocol":"TLSv1"}}',
        '{"@timestamp":"2018-07-01T00:00:00Z","tlsgate":{"client":"a","protocol":"TLSv9"}}', '{"@timestamp":"2018-07-01T00:00:00Z","tlsgate":{"client":"","protocol":"TLSv1"}}',
        '{"@timestamp":"2018-07-01T23:59:60+01:30","tlsgate":{"client":"\ud83d\ude00","protocol":"TLSv1"}}', '{"@timestamp":"2018-07-01T00:00:00Z","tlsgate":{"client":"\u0000","protocol":"TLSv1"}}') if $kind == 5;
    return "$line\n";
}
my $damaged = write_file('damaged', join '', map { rand() < .5 ? damage($_) : $_ } @lines);

# --- the same report

my @questions = (['--json'], (map { [ '--json', '--group-by', $_ ] } qw(ip user-agent ja4 host cause)), [ '--json', '--top', 3 ], [ '--top', 3 ],
    (map { [ '--json', '--group-by', $_, '--top', 2 ] } qw(ip host)), [ '--json', '--top', 2, '--exclude', '192.0.2.0/29' ],
    [ '--json', '--since', '2018-07-02T09:00:00Z' ], [ '--json', '--until', '2018-07-02T09:00:00Z', '--group-by', 'ja4' ],
    [ '--json', '--since', '2018-07-02T09:00:00Z', '--until', '2018-07-02T10:00:00Z', '--top', 2 ], [ '--json', '--exclude', '192.0.2.0/29' ],
    [ '--json', '--exclude', '2001:db8::4/126', '--exclude', '192.0.2.7', '--group-by', 'ip' ], [ '--json', '--trials' ], [ '--json', '--client', q(account:o'brien) ], [ '--json', '--trials', '--top', 2 ],
    (map { [ '--json', '--trials', '--until', "2018-07-02T$_:00Z" ] } qw(09:30 10:59 11:30)), [ '--json', '--trials', '--client', 'account:acme' ],
    [ '--json', '--only', 'would-break' ], [ '--json', '--only', 'would-break', '--at', '2030-01-01T00:00Z', '--top', 4 ], (map { [ '--format', $_ ] } qw(table csv html markdown)));

my @after = ('--after', '2018-07-10T00:00Z', '--until', '2018-08-01T00:00Z');
my @commands = (
    [ 'simulate', '--json', '--at', '2018-07-10T00:00Z' ], [ 'simulate', '--json', '--at', '2018-07-03' ], [ 'simulate', '--at', '2018-08-08T00:00Z', '--schedule', 'legacy', '--top', 5 ],
    [ 'simulate', '--json', '--at', '2018-07-03', '--since', '2018-07-02T09:00:00Z' ],
    [ 'propose', '--schedule', 'legacy', @after ], [ 'propose', '--json', '--schedule', 'other', @after, '--since', '2018-07-02T00:00:00Z', '--exclude', '192.0.2.0/29' ],
    [ 'schedule', 'legacy', '--json', '--at', '2018-07-01T00:00Z' ], [ 'letters', '--format', 'csv' ], [ 'letters', '--format', 'csv', '--since', '2018-07-02T00:00:00Z' ],
);

for my $engine ('server', 'chdb') {
  SKIP: {
        my $missing = TlsGate::ClickHouse::missing($engine);
        skip $missing, 1 if $missing;
        my $db = TlsGate::ClickHouse->new(engine => $engine);
        note "$engine: ", $db->ask('SELECT version()');
        $db->load($log);
        for my $question (@questions) {
            my ($file, $from) = map { report(@state, @$question, @$_) } [$log], [ '--from', $db->url ];
            s/As of <time.*?<\/time>// for $from->{out}, $file->{out}; # of the page
            same($from->{out}, $file->{out}, "$engine: @$question");
            is("$from->{status} $from->{err}", "$file->{status} $file->{err}", '... and nothing else is said');
        }
        ok(length(report($log, '--json')->{out}) > 20_000, 'a long one');
        for my $command (@commands) {
            my ($name, @options) = @$command;
            my ($file, $from) = map { says(@state, $name, @options, @$_) } [ $name =~ /^s/ ? ('--log', $log) : $log ], [ '--from', $db->url ];
            s/^  "time": .*//m for $from->{out}, $file->{out};
            same($from->{out}, $file->{out}, "$engine: @$command");
            is("$from->{status} $from->{err}", "$file->{status} $file->{err}", '... and nothing else is said');
        }

        # More names than a question has room for.
        $db->ask('TRUNCATE TABLE tlsgate', 'tlsgate');
        $db->load($many);
        same((map { report(@$_, '--json', '--top', 300)->{out} } [ '--from', $db->url ], [$many]), "$engine: 300 long names of 400");

        $db->ask('TRUNCATE TABLE tlsgate', 'tlsgate');
        $db->load($damaged);
        ok($db->is_alive, "$engine: damaged lines do no harm");
        my ($file, $from) = map { report(@$_, '--json') } [$damaged], [ '--from', $db->url ];
        is($from->{status}, 1, "$engine: damaged lines are a finding");
        my ($named) = map { JSON::PP->new->utf8->decode($_->{out})->{damaged} } $file;
        cmp_ok($named, '>', 500, 'there are many');
        for my $command ([ 'report', '--json' ], [ 'simulate', '--at', '2018-07-03' ], [ 'letters', '--format', 'csv' ]) {
            my $said = says(@state, @$command, '--from', $db->url);
            is("$said->{status} " . $said->{err} =~ s/^tlsgatectl: \d+ letters\n//mr, "1 tlsgatectl: warning: @{[ $db->url ]}: $named damaged lines are left out; see them in tlsgate.tlsgate, where kind = 'damaged'\n", "$engine: ... which @$command says");
        }
        same($from->{out}, $file->{out} =~ s/("damaged_lines": \[).*\]/$1]/r, "$engine: and are counted, and nothing else is different");
        my $kept = $db->ask(q(SELECT count(), countIf(position(line, '{"tlsgate":}]') > 0) > 0, uniqExact(log, position) FROM tlsgate WHERE kind = 'damaged'), 'tlsgate');
        is($kept, "$named\t1\t$named\n", "$engine: each is kept as it is, with its place");
    }
}

# --- a table that was made for another version: what to run is said, and does it

for my $engine ('server', 'chdb') {
  SKIP: {
        my $missing = TlsGate::ClickHouse::missing($engine);
        skip $missing, 1 if $missing;
        my $db = TlsGate::ClickHouse->new(engine => $engine);
        my $sum = sub { return 0 + $db->ask('SELECT count() FROM tlsgate', 'tlsgate') };
        $db->load($log);
        my $whole = report('--from', $db->url);
        $db->make_tables;
        is($sum->(), scalar @lines, "$engine: tlsgate.sql again leaves what there is");
        is_deeply(report('--from', $db->url), $whole, '... and the report');
        my $old = $db->ask(q(SELECT create_table_query FROM system.tables WHERE database = 'tlsgate' AND name = 'tlsgate_reading_2'), 'tlsgate')
            =~ s/\\n/\n/gr =~ s/\\(.)/$1/gr =~ s/tlsgate_reading_2/tlsgate_reading/r;
        $db->ask($old, 'tlsgate');
        my $two = report('--from', $db->url);
        is($two->{status}, 1, "$engine: an old view beside the new one is a finding");
        like($two->{err}, qr/tlsgate_reading is the view of an older version, beside that of this one: rows that arrived since are counted twice; run: DROP TABLE tlsgate\.tlsgate_reading$/m, '... which says what to run');
        $db->ask('DROP TABLE tlsgate_reading_2', 'tlsgate');
        my $one = report('--from', $db->url);
        like($one->{err}, qr/tlsgate_reading is the view of an older version, .*; run: clickhouse-client --database tlsgate --multiquery <tlsgate\.sql/, "$engine: an old view alone");
        is("$one->{status} $one->{out}", "1 $whole->{out}", '... with the report all the same');
        $db->make_tables;
        $db->load($log);
        is_deeply([ $sum->(), report('--from', $db->url)->{err} ], [ 2 * @lines, '' ], '... which that replaces: lines come once');
        $db->ask('ALTER TABLE tlsgate DROP COLUMN curve', 'tlsgate');
        my $less = report('--from', $db->url);
        is("$less->{status} $less->{out}", '2 ', "$engine: without a column there is no report");
        my ($alter) = $less->{err} =~ /the table has no column curve String; run: (ALTER .*?); and then/;
        $db->ask($alter // 'SELECT nothing');
        is(report('--from', $db->url)->{status}, 0, '... until what it says is run');
    }
}

# --- who asks

my $db = TlsGate::ClickHouse->new(password => 'sesame');
$db->load($log);
my $whole = report($log, '--json')->{out};
my $file = write_file('password', "sesame\n");
chmod 0600, $file;
same(report('--json', '--from', $db->url(user => 'reader') . "?password-file=$file")->{out}, $whole, 'a user who may only read, with a password in a file');
{
    local $ENV{TLSGATE_CLICKHOUSE_PASSWORD} = 'sesame';
    same(report('--json', '--from', $db->url(user => 'reader'))->{out}, $whole, 'and in the environment');
}
my $wrong = write_file('wrong', "open\n");
chmod 0600, $wrong;
chmod 0644, $file;

# A server that is none: what it answers is given.
sub answers {
    my ($answer) = @_;
    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => TlsGate::Httpd::free_port(), Listen => 5, ReuseAddr => 1) or die "listen: $!";
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        while (my $client = $listen->accept) { sysread $client, my $request, 65536; print $client $answer; close $client }
        POSIX::_exit(0);
    }
    return ($pid, 'clickhouse://127.0.0.1:' . $listen->sockport . '/tlsgate');
}
my $closed = 'clickhouse://127.0.0.1:' . TlsGate::Httpd::free_port() . '/tlsgate';
for (
    [ $closed, qr/connect.*check that it runs/, 'nobody listens' ],
    [ $db->url . '/nothing', qr/answered with status \d+: .*nothing.*check DATABASE and TABLE/, 'no such table' ],
    [ $db->url =~ s/tlsgate$/nowhere/r, qr/answered with status \d+: .*nowhere.*check DATABASE/, 'no such database' ],
    [ $db->url(user => 'reader'), qr/answered with status \d+: .*give the password in a file or in TLSGATE_CLICKHOUSE_PASSWORD/, 'no password' ],
    [ $db->url(user => 'reader') . "?password-file=$wrong", qr/answered with status \d+: .*check USER, and the password/, 'another password' ],
    [ $db->url(user => 'nobody') . "?password-file=$dir/none", qr/none does not exist/, 'no password file' ],
    [ $db->url(user => 'reader') . "?password-file=$file", qr/others may read/, 'a password that others may read' ],
    [ $db->url(user => 'reader:sesame'), qr/must not contain a password; .*TLSGATE_CLICKHOUSE_PASSWORD/, 'a password in the URL' ],
    [ 'clickhouse://127.0.0.1', qr/names no database; write clickhouse:/, 'no database' ],
    [ 'clickhouse:///tlsgate', qr/write clickhouse:/, 'no host' ],
    [ $db->url . '/a`b', qr/other characters/, 'a name that is not plain' ],
    [ $db->url . '?ca=/x', qr/ca= needs TLS; write clickhouses:/, 'an authority without TLS' ],
    [ $db->url . '?user=x', qr/parameter is unknown/, 'another parameter' ],
    [ $db->url =~ s/clickhouse:/clickhouses:/r, qr/clickhouses:.*(?:SSL|TLS|connect)/i, 'TLS where there is none' ],
  )
{
    my ($url, $message, $what) = @$_;
    my $said = report('--json', '--from', $url);
    is($said->{status}, 2, "$what: there is no report");
    is($said->{out}, '', '... not even a part');
    like($said->{err}, $message, '... and it says why');
    unlike($said->{err}, qr/sesame/, '... without the password');
}
for (
    [ "HTTP/1.0 200 OK\r\n\r\n<html>", qr/answer does not have the expected form/, 'a page' ],
    [ "HTTP/1.0 200 OK\r\n\r\n{\"a\":\"1\"", qr/answer does not have the expected form/, 'a row that is cut' ],
    [ "HTTP/1.0 200 OK\r\n\r\n{\"a\":[1]}\n", qr/answer does not have the expected form/, 'a value that is none' ],
    [ "HTTP/1.0 200 OK\r\n\r\n{\"a\":1,\"b\":2}\n", qr/answer does not have the expected form/, 'too many values' ],
    [ "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":1}\n", qr/check that it runs/, 'an answer that breaks off' ],
    [ "HTTP/1.0 500 No\r\n\r\nCode: 241. DB::Exception: Memory \e[2J limit\nmore", qr/answered with status 500: Memory [^\e]* limit; ask for less/, 'an error' ],
  )
{
    my ($answer, $message, $what) = @$_;
    my ($pid, $url) = answers($answer);
    my $said = report('--json', '--from', $url);
    kill 'KILL', $pid;
    waitpid $pid, 0;
    is($said->{status}, 2, "$what: there is no report");
    like($said->{err}, $message, '... and it says why');
}
like(report($log, '--from', $db->url)->{err}, qr/is a log: name one of them/, 'a log and a database');
for (
    [ qr/is a log: name one of them/, 'simulate', '--log', $log ], [ qr/legacy: with a database write --schedule legacy/, 'simulate', 'legacy' ],
    [ qr/--from names a database: leave --log out/, 'schedule', 'legacy', '--log', $log, '--at', '2018-07-01T00:00Z' ],
    [ qr/--ledger or a database/, 'propose', '--schedule', 'legacy', '--ledger', $log, @after ], [ qr/is a log: name one of them/, 'letters', '--format', 'csv', $log ],
  )
{
    my ($message, @command) = @$_;
    my $said = says(@state, @command, '--from', $db->url);
    is("$said->{status} $said->{out}", '2 ', "@command[0, 1]: not both");
    like($said->{err}, $message, '... which it says');
}
$h->finish_ok;
done_testing;
