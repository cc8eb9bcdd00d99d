# The tables of ClickHouse are made by the lines with curl that the guide for operators has beside those with
# clickhouse-client, and made again by an upgrade; a statement that fails ends them.
use strict;
use warnings;
use lib 't/lib';
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use Test::More;
use TlsGate::ClickHouse;
use TlsGate::Httpd;

my $why = TlsGate::ClickHouse::missing();
plan skip_all => $why if $why;
my ($version) = qx(curl --version) =~ /^curl (\d+\.\d+)/;
plan skip_all => 'curl is older than 7.76' if ($version =~ s/^(\d+)\.(\d+)$/$1 * 1000 + $2/re) < 7076;

my @lines = TlsGate::Httpd::slurp('docs/operators.md') =~ /^# ((?:curl|awk) .*localhost:8123.*)$/mg;
is(scalar @lines, 2, 'the guide has two lines: the database, and its tables');
my $dir = tempdir('tlsgate-curl-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $db = TlsGate::ClickHouse->new;

# A line of the guide, on this server: its status and what it prints.
sub run_line {
    my ($line, $sql) = @_;
    $line =~ s{localhost:8123}{'127.0.0.1:' . $db->port}e or die $line;
    $line =~ s{/usr/share/doc/mod_tlsgate/clickhouse/tlsgate\.sql}{$sql} if $sql;
    open(my $script, '>', "$dir/script") or die "$dir: $!";
    print $script "$line\n";
    close $script;
    my $said = qx(sh '$dir/script' 2>&1);
    return ($? >> 8, $said);
}
sub tables { return join ' ', sort split /\n/, $db->ask(q(SELECT name FROM system.tables WHERE database = 'tlsgate')) }

my $made = tables();
like($made, qr/tlsgate tlsgate_lines tlsgate_reading/, 'what the tables are');
$db->ask('DROP DATABASE tlsgate');
is_deeply([ run_line($lines[0]) ], [ 0, '' ], 'the database');
my $sql = getcwd() . '/conf/clickhouse/tlsgate.sql';
is_deeply([ run_line($lines[1], $sql) ], [ 0, '' ], 'its tables');
is(tables(), $made, '... are the same');
is_deeply([ run_line($lines[1], $sql), tables() ], [ 0, '', $made ], 'once more, as after an upgrade');
$db->ask('INSERT INTO tlsgate_lines (text) FORMAT TSV' . "\n" . '{"tlsgate":{"client":"account:a","protocol":"TLSv1"},"@timestamp":"2018-07-01T00:00:00.000Z"}' . "\n", 'tlsgate');
is($db->ask('SELECT client FROM tlsgate', 'tlsgate'), "account:a\n", '... and read lines');
open(my $broken, '>', "$dir/broken.sql") or die "$dir: $!";
print $broken "CREATE NONSENSE;\nCREATE TABLE after (a UInt8) ENGINE = Null;\n";
close $broken;
my ($status, $said) = run_line($lines[1], "$dir/broken.sql");
isnt($status, 0, 'a statement that fails is an error');
like($said, qr/Syntax error/, '... which is told');
is(tables(), $made, '... and ends it');
done_testing;
