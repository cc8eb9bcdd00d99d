# What the commands of the guides say of a log is true: each of them is run on one that has customers, their
# tests, a monitoring, five hundred scanners and refused customers in it, rotated and half of it compressed,
# and prints exactly what was asked for. A command that this test does not know fails it.
use strict;
use warnings;
use lib 't/lib';
use IO::Compress::Gzip qw(gzip $GzipError);
use JSON::PP;
use Test::More;
use TlsGate::Ctl;
use TlsGate::Httpd;

my $LOGS = '/var/log/apache2/tlsgate*.ndjson*';
my $json = JSON::PP->new->utf8->canonical;
my ($JAVA, $OPENSSL, $SCANNER) = ('t10d220800_8f3dcbce23eb_ddcc4a856434', 't10d090600_c491f621fb4c_195413a0cc0f', 't10i220000_8f3dcbce23eb_000000000000');

# A line as the module writes it.
sub line {
    my ($time, %o) = @_;
    my $is_failed = defined $o{alert};
    my %tlsgate = (client => $o{client} // "ip:$o{ip}", protocol => $o{protocol} // 'TLSv1', schedule => $o{schedule} // 'legacy-tls', phase => $o{phase} // 'observe',
        verdict => $o{verdict} // 'observe', enforced => ($o{enforced} // 1) ? JSON::PP::true : JSON::PP::false, override => undef, exemption => undef,
        test => $o{test} ? JSON::PP::true : JSON::PP::false, cause => $o{cause} // 'old', client_hello => { max_version => $o{max} // $o{protocol} // 'TLSv1', versions => [ $o{protocol} // 'TLSv1' ] });
    $tlsgate{alert} = $o{alert} if $is_failed;
    $tlsgate{advice} = $o{advice} if $o{advice};
    $tlsgate{truncated} = $o{truncated} if $o{truncated};
    my ($account) = ($o{client} // '') =~ /^account:(.*)/;
    my %line = ('@timestamp' => "$time.000Z", ecs => { version => '8.11.0' }, client => { ip => $o{ip} }, tlsgate => \%tlsgate,
        tls => { version => ($o{protocol} // 'TLSv1') =~ /TLSv(1\.\d)/ ? $1 : '1.0', version_protocol => 'tls', established => $is_failed ? JSON::PP::false : JSON::PP::true,
            client => { ($o{host} ? (server_name => $o{host}) : ()), ($o{ja4} ? (ja4 => $o{ja4}) : ()) }, ($o{cipher} ? (cipher => $o{cipher}) : ()), ($o{curve} ? (curve => $o{curve}) : ()) });
    if (!$is_failed) {
        %line = (%line, http => { request => { method => 'GET' }, response => { status_code => $o{status} // 200 } }, url => { domain => $o{host}, path => $o{path} // '/orders' },
            ($o{ua} ? (user_agent => { original => $o{ua} }) : ()), ($account ? (user => { id => $account }) : ()));
    }
    return $json->encode(\%line) . "\n";
}

my %java = (client => 'account:A-20', ip => '192.0.2.7', ua => 'Java/1.7.0_80', ja4 => $JAVA, cause => 'pinned', host => 'api.example.com', advice => 'Start it with -Dhttps.protocols=TLSv1.2');
my %python = (client => 'account:A-23', ip => '192.0.2.8', ua => 'python-requests/2.4.0', ja4 => $OPENSSL, protocol => 'TLSv1.1', host => 'api.example.com');
my %rejected = (phase => 'trial', verdict => 'reject', status => 426);
my @requests = (
    line('2026-12-01T08:00:00', %java), line('2026-12-12T08:00:00', %java),
    line('2026-12-12T09:00:00', %python),
    line('2026-12-12T10:00:00', ip => '198.51.100.9', ua => 'monitoring/1', test => 1, verdict => 'warn', enforced => 0, host => 'api.example.com', path => '/tlsverification'),
    line('2026-12-13T08:00:00', %java, test => 1, verdict => 'warn', enforced => 0, path => '/tlsverification'),
    line('2026-12-14T08:00:00', client => 'account:A-24', ip => '192.0.2.9', cause => 'server-capped', max => 'TLSv1.3', host => 'capped.example.com', ua => 'Go-http-client/1.1'),
    line('2026-12-14T09:00:00', ip => '192.0.2.10', host => 'old.example.com', status => 421, ua => 'Java/1.7.0_80'),
    line('2026-12-15T08:00:00', client => 'account:A-25', ip => '192.0.2.11', verdict => 'reject', enforced => 0, host => 'api.example.com', truncated => ['url.path']),
    line('2026-12-16T08:00:00', client => 'account:A-30', ip => '192.0.2.12', schedule => 'post-quantum', protocol => 'TLSv1.3', cause => 'server-capped', curve => 'x25519', cipher => 'TLS_AES_128_GCM_SHA256', host => 'api.example.com', ua => 'Chrome/131'),
    line('2026-12-16T09:00:00', client => 'account:A-31', ip => '192.0.2.13', schedule => 'post-quantum', protocol => 'TLSv1.3', cause => 'old', curve => 'x25519', cipher => 'TLS_AES_128_GCM_SHA256', host => 'api.example.com', ua => 'curl/8.0'),
    line('2027-04-14T09:00:00', %java, %rejected), line('2027-04-14T09:00:30', %java, %rejected),
    line('2027-06-01T09:00:00', %python, phase => 'cutoff', verdict => 'reject', status => 426),
);
my @failed = (
    (map { line("2026-12-20T03:00:00", ip => "203.0.113." . $_ % 250, ja4 => $SCANNER, alert => 'protocol_version', verdict => 'observe', phase => 'observe') } 1 .. 500),
    line('2026-12-20T04:00:00', ip => '203.0.113.7', ja4 => $SCANNER, host => 'evil.example', alert => 'handshake_failure', protocol => 'unknown', max => 'SSLv2', verdict => 'observe'),
    (map { line("2027-10-02T08:00:0$_", ip => '192.0.2.7', ja4 => $JAVA, host => 'api.example.com', cause => 'pinned', alert => 'protocol_version', verdict => 'refuse', phase => 'refuse') } 1 .. 2),
);

(my $sample = TlsGate::Httpd::slurp('conf/tlsgate.conf')) =~ s/ report-only$//m or die "no report-only\n";
$sample =~ s/^\s*TlsGate(?:State|Ledger|Grace) .*\n//mg;
my $ctl = TlsGate::Ctl->new(clock => '2027-05-01T00:00:00Z', conf => "Define APACHE_LOG_DIR \$DIR/logs\nListen 127.0.0.1:\@tls\@ https\n$sample\n<VirtualHost *:\@tls\@>\nServerName api.example.com\nSSLEngine on\n</VirtualHost>\n");
my $dir = $ctl->{httpd}{dir};
$ctl->script('tlsgatectl', join(' ', 'exec', TlsGate::Ctl::program(), $ctl->standard, '"$@"'));
my $old = join '', @requests[0 .. 3], @failed[0 .. 250];
gzip(\$old => "$dir/logs/tlsgate.ndjson.2.gz") or die "$GzipError\n";
$ctl->{httpd}->write_file('logs/tlsgate.ndjson.1', join '', @failed[251 .. $#failed], @requests[4 .. $#requests]);
$ctl->{httpd}->write_file('logs/tlsgate.ndjson', '');

# What a command begins with, or has in it, and what it prints. A pattern for a report, which has more.
my $A20 = qr/^account:A-20 +4 +\d+  2026-12-01 \d\d:\d\dZ  2027-04-14 \d\d:\d\dZ  2027-06-01  TLSv1 +pinned +Java\/1\.7\.0_80\n +advice: Start it with -Dhttps\.protocols=TLSv1\.2\n +probably also 2 handshakes that failed/m;
my $COUNTED = qr/^7 of 7 clients, with 11 requests in 516 records\nFailed handshakes: 503, of which 2 probably of a client above and 0 of one of several\n  ip:192\.0\.2\.7 +2  2027-10-02  probably account:A-20\nTests \(tlsgate-verify\): 2$/m;
my @EXPECTED = (
    [ qr/report \S+$/, [ $A20, $COUNTED, qr/\A(?!.*203\.0\.113)(?!.*monitoring)/s ] ],
    [ qr/--format html/, '' ],
    [ qr/--group-by user-agent/, [ qr/\AUSER AGENT +COUNT/, qr/^Java\/1\.7\.0_80 +5  /m, qr/^\d of \d user agents, with 11 requests/m, qr/\A(?!.*monitoring)/s ] ],
    [ qr/--group-by cause/, [ qr/^old +5  /m, qr/^pinned +4  /m, qr/^server-capped +2  /m ] ],
    [ qr/--since 2026-12-10T00:00Z --format csv/, [ qr/^account:A-20,3,2026-12-12T08:00:00Z,/m, qr/\A(?:[^\n]*\n){8}\z/ ] ],
    [ qr/--client account:A-20/, [ $A20, qr/^1 of 1 clients, with 4 of all 11 requests in 516 records$/m ] ],
    [ qr/--only would-break/, [ $A20, qr/\A(?!.*A-3)/s ] ],
    [ qr/--trials/, qr/^legacy-tls, trial of 2027-04-14T09:00:00Z: met 1 of 1: 0 moved since, 0 came again as before, 1 silent in the 16 days since$/m ],
    [ qr/group_by\(\.ja4\)/, "501\t250\t$SCANNER\n2\t1\t$JAVA\n" ],
    [ qr/group_by\(\.host\)/, "500\tno name\n2\tapi.example.com\n1\tevil.example\n" ],
    [ qr/--print-template/, '' ],
    [ qr/--dry-run/, [ qr/^      2  letters\n/, qr/^without an address:\n  account:A-24\n  account:A-25\n\z/m ] ],
    [ qr/--sender/, '' ],
    [ qr/== "server-capped"/, "      1 api.example.com\tTLSv1.3\tTLSv1.3\n      1 capped.example.com\tTLSv1\tTLSv1.3\n" ],
    [ qr/== 421/, "      1 old.example.com\tip:192.0.2.10\tTLSv1\n" ],
    [ qr/\(\.tlsgate\.enforced or \.tlsgate\.test\) \| not/, "      1 account:A-25\n" ],
    [ qr/select\(\.tlsgate\.test\) \| \["?\."\@timestamp"/, "2026-12-12T10:00:00.000Z\tip:198.51.100.9\tTLSv1\n2026-12-13T08:00:00.000Z\taccount:A-20\tTLSv1\n" ],
    [ qr/\.tlsgate\.phase == "trial"/, "      2 account:A-20\n" ],
    [ qr/"\@timestamp"\[:16\]/, "      2 2027-04-14T09:00\t426\n      1 2027-06-01T09:00\t426\n      2 2027-10-02T08:00\tprotocol_version\n" ],
    [ qr/\.tlsgate\.client_hello\.max_version \/\/ "-", \.tlsgate\.alert/, "    500 observe\told\tTLSv1\tprotocol_version\n      2 refuse\tpinned\tTLSv1\tprotocol_version\n      1 observe\told\tSSLv2\thandshake_failure\n" ],
    [ qr/\.tls\.version, \.tls\.curve/, "      4 pinned\t1.0\t-\n      2 old\t1.1\t-\n      2 old\t1.0\t-\n      1 server-capped\t1.3\tx25519\n      1 server-capped\t1.0\t-\n      1 old\t1.3\tx25519\n" ],
    [ qr/\.tls\.version, \.user_agent/, "      4 account:A-20\t1.0\tJava/1.7.0_80\n      2 account:A-23\t1.1\tpython-requests/2.4.0\n      1 ip:192.0.2.10\t1.0\tJava/1.7.0_80\n      1 account:A-31\t1.3\tcurl/8.0\n      1 account:A-25\t1.0\t-\n" ],
    [ qr/\.tls\.version, \.tls\.cipher/, "      1 server-capped\t1.3\tTLS_AES_128_GCM_SHA256\n      1 old\t1.3\tTLS_AES_128_GCM_SHA256\n" ],
    [ qr/\.tlsgate\.schedule, \.url\.path/, "      2 legacy-tls\t/orders\taccount:A-20\n      1 legacy-tls\t/orders\taccount:A-23\n" ],
    [ qr/\.tlsgate\.truncated/, "2026-12-15T08:00:00.000Z\taccount:A-25\turl.path\n" ],
    [ qr/\.tlsgate\.phase, \.http\.response/, "2027-04-14T09:00:00.000Z\ttrial\t426\tGET\t/orders\n2027-04-14T09:00:30.000Z\ttrial\t426\tGET\t/orders\n" ],
    [ qr/startswith\("192\.0\.2\."\)/, [ qr/\A(?:[^\n]*192|[^\n]*account|\S+\t)/, qr/^2027-10-02T08:00:02\.000Z\tip:192\.0\.2\.7\tTLSv1\tprotocol_version\n\z/m, qr/\A(?!.*203\.0)/s ] ],
    [ qr/select\(\.tlsgate\.test and /, "2026-12-13T08:00:00.000Z\tTLSv1\tJava/1.7.0_80\n" ],
    [ qr/startswith\("Java/, "account:A-20\nip:192.0.2.10\n" ],
    [ qr/\[\.tls\.client\.ja4, \.tlsgate\.client\]/, "$OPENSSL\taccount:A-23\n$JAVA\taccount:A-20\n" ],
);
$ctl->{httpd}->write_file('addresses.csv', "client,address\nA-20,a\@example.org\nA-23,b\@example.org\n");

my %used;
for my $file (qw(docs/operators.md docs/support.md)) {
    my $text = TlsGate::Httpd::slurp($file);
    while ($text =~ /^```sh\n((?:.*\n)*?)```$/mg) {
        my $command = $1;
        my $at = "$file:" . (1 + substr($text, 0, $-[1]) =~ tr/\n//);
        next unless $command =~ /\bjq\b|tlsgatectl (?:report|letters)\b/;
        my @rows = grep { $command =~ $EXPECTED[$_][0] } 0 .. $#EXPECTED;
        is(scalar @rows, 1, "$at: one row tells what it prints") or diag($command);
        my $expected = $EXPECTED[ $rows[0] // next ][1];
        $used{ $rows[0] } = 1;
        my $said = $ctl->run_as({ env => { PATH => "$dir:$ENV{PATH}", LC_ALL => 'C', COLUMNS => 1000 }, before => sub { chdir $dir } }, 'sh', '-e', '-c', $command =~ s/\Q$LOGS\E/logs\/tlsgate*.ndjson*/gr);
        if (!ref $expected) { is($said->{out}, $expected, "$at: what was asked for") or diag($command, $said->{err}) }
        else { like($said->{out}, $_, "$at: what was asked for") or diag($command, $said->{err}) for ref $expected eq 'ARRAY' ? @$expected : $expected }
    }
}
is_deeply([ grep { !$used{$_} } 0 .. $#EXPECTED ], [], 'each row is that of a command') or diag(map { "$EXPECTED[$_][0]\n" } grep { !$used{$_} } 0 .. $#EXPECTED);
done_testing;
