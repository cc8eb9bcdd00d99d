# tlsgatectl report says the same in whatever order it is given the logs, whichever of them is the newer
# one: who has moved, what each came with, which lines are damaged. And what it takes of memory does not
# grow with lines that it does not know.
use strict;
use warnings;
use lib 't/lib';
use File::Temp ();
use JSON::PP;
use Test::More;
use TlsGate::Ctl;
use TlsGate::Httpd;

my $dir = File::Temp->newdir;
my $ctl = TlsGate::Ctl::program();
my @ORDERS = ([ 0, 1, 2 ], [ 0, 2, 1 ], [ 1, 0, 2 ], [ 1, 2, 0 ], [ 2, 0, 1 ], [ 2, 1, 0 ]);

sub write_log {
    my ($name, @lines) = @_;
    open(my $h, '>:raw', "$dir/$name") or die $!;
    print $h map { "$_\n" } @lines;
    close $h;
    return "$dir/$name";
}
sub report_of {
    my (@args) = @_;
    return scalar qx(cd '$dir' && '$ctl' --patience 0 report --json @{[ join ' ', map { "'$_'" } @args ]} 2>err);
}
sub decoded { return JSON::PP->new->utf8->decode($_[0]) }

# --- a log of all traffic: one is modern since the 12th, was old on the 10th, and old on the 11th in between
sub httpd_line {
    my ($ip, $day, $time, $protocol) = @_;
    return qq($ip - - [$day/Jul/2018:$time +0000] "GET / HTTP/1.1" 200 5 "-" "agent $day" $protocol AES128-SHA);
}
my @all = (
    write_log('a', httpd_line('192.0.2.1', 10, '09:00:00', 'TLSv1'), httpd_line('192.0.2.2', 10, '09:00:00', 'TLSv1'),
        httpd_line('192.0.2.1', 10, '10:00:00', 'TLSv1.2'), httpd_line('192.0.2.3', 10, '10:00:00', 'TLSv1')),
    write_log('b', httpd_line('192.0.2.1', 11, '09:00:00', 'TLSv1'), httpd_line('192.0.2.1', 11, '10:00:00', 'TLSv1.3'),
        httpd_line('192.0.2.3', 11, '10:00:00', 'TLSv1.3')),
    write_log('c', httpd_line('192.0.2.2', 12, '09:00:00', 'TLSv1.2'), httpd_line('192.0.2.1', 12, '09:00:00', 'TLSv1.2'),
        httpd_line('192.0.2.3', 12, '10:00:00', 'TLSv1.1')),
);
my $want = { '192.0.2.1' => '2018-07-11T10:00:00Z', '192.0.2.2' => '2018-07-12T09:00:00Z', '192.0.2.3' => undef };
my %said;
for my $order (@ORDERS) {
    my $out = report_of(map { qw(a b c)[$_] } @$order);
    $said{$out} = 1;
    is_deeply({ map { $_->{client} =~ s/^ip://r => $_->{moved_at} } @{ decoded($out)->{stragglers} } }, $want, "@$order: who has moved, and when");
}
is(scalar keys %said, 1, 'each order says the same');
is_deeply({ map { $_->{client} =~ s/^ip://r => $_->{moved_probably} ? 'probably' : 'no' } @{ decoded(report_of(qw(a b c)))->{stragglers} } },
    { '192.0.2.1' => 'probably', '192.0.2.2' => 'probably', '192.0.2.3' => 'no' }, 'an address has only probably moved');
my ($head, @csv) = split(/\n/, scalar qx(cd '$dir' && '$ctl' --patience 0 report --format csv a b c 2>err));
my %column = map { (split(/,/, $head))[$_] => $_ } 0 .. ($head =~ tr/,//);
is_deeply({ map { my @cell = split(/,/, $_, -1); $cell[0] => join(' ', @cell[@column{qw(moved_at moved_probably)}]) } @csv },
    { 'ip:192.0.2.1' => '2018-07-11T10:00:00Z true', 'ip:192.0.2.2' => '2018-07-12T09:00:00Z true', 'ip:192.0.2.3' => ' ' }, '... as CSV says too');
like(scalar qx(cd '$dir' && '$ctl' --patience 0 report a b c 2>err), qr/^      probably moved: its first modern request since was at 2018-07-11T10:00:00Z$/m, '... and the table');
system("cd '$dir' && cat c a b >unsorted") == 0 or die;
is_deeply({ map { $_->{client} =~ s/^ip://r => $_->{moved_at} } @{ decoded(report_of('unsorted'))->{stragglers} } }, $want, 'one log whose lines are in no order');

# A log that is needed again and is not there any more, or cannot be read then, is named.
system("cd '$dir' && cat c a >newer && mkfifo pipe") == 0 or die;
sub piped {
    my ($writer, @args) = @_;
    my $out = qx(cd '$dir' && { cat $writer >pipe & } && '$ctl' --patience 0 report --json @args 2>err);
    return ($? >> 8, $out, TlsGate::Httpd::slurp("$dir/err"));
}
my ($status, $met, $err) = piped('b', 'pipe', 'newer');
is($status, 1, 'a pipe cannot be read twice');
like($err, qr/pipe: the logs are not in chronological order, so they are read twice, and this one could not be read again: it is not a file; it does not show which clients moved on; name the logs as files, or from the oldest/, '... which is said');
($status, $met, $err) = piped('a', 'pipe', 'b', 'c');
is($status, 0, 'in the order of time once is enough');
is_deeply({ map { $_->{client} =~ s/^ip://r => $_->{moved_at} } @{ decoded($met)->{stragglers} } }, $want, '... for the same');
unlike($err, qr/again/, '... and nothing is said');
write_log('old', our_line(1, ip => '192.0.2.7', client => 'ip:192.0.2.7', agent => 'x'));
($status, $met, $err) = piped('old', 'pipe', 'newer');
unlike($err, qr/pipe/, 'nor is one missed that has nothing modern');
for ([ 'rm first', qr/No such file or directory/ ], [ 'gzip -c newer | head -c 40 >first', qr/the compressed file ends too early/ ]) {
    my ($change, $reason) = @$_;
    system("cd '$dir' && cat c >first") == 0 or die;
    # While the second log is not there yet, the first has been read.
    my $said = qx(cd '$dir' && { { exec 3>pipe; $change; cat a >&3; } & } && '$ctl' --patience 0 report --json first pipe 2>&1 >/dev/null; wait);
    like($said, qr/first: the logs are not in chronological order, .*: $reason; it does not show which clients moved on; run it again/, "$change between the readings");
}

# --- addresses: an account is none, where a log tells no other
write_log('unaddressed', map { qq({"\@timestamp":"2018-07-10T09:00:00.000Z","tlsgate":{"client":"$_","protocol":"TLSv1"}}) } 'account:x', 'cert:CN=y', 'ip:192.0.2.7');
my %addresses = map { $_->{client} => $_->{addresses} } @{ decoded(report_of('unaddressed'))->{stragglers} };
is_deeply(\%addresses, { 'account:x' => [], 'cert:CN=y' => [], 'ip:192.0.2.7' => ['192.0.2.7'] }, 'an account is not among the addresses');
is_deeply({ map { $_->{client} => $_->{count} } @{ decoded(report_of('--group-by', 'ip', 'unaddressed'))->{stragglers} } }, { '-' => 2, '192.0.2.7' => 1 }, '... nor with --group-by ip');

# --- our log: what is kept is bounded, names are ambiguous, lines are damaged, some at the same second
sub our_line {
    my ($second, %o) = @_;
    my $failed = $o{failed} ? '"tls":{"established":false,"client":{"ja4":"t1"}}' : qq("tls":{"client":{"ja4":"t1"}},"user_agent":{"original":"$o{agent}"});
    return sprintf('{"@timestamp":"2018-07-10T09:00:%02d.000Z","client":{"ip":"%s"},%s,"tlsgate":{"client":"%s","protocol":"%s"%s}}',
        $second, $o{ip}, $failed, $o{client}, $o{protocol} // 'TLSv1', $o{advice} ? qq(,"advice":"$o{advice}") : '');
}
my @parts = map {
    my $part = $_;
    [ (map { our_line(($_ * 7 + $part) % 20, ip => '192.0.2.1', client => 'account:' . ($_ % 3), agent => "agent $part-$_", protocol => $_ % 2 ? 'TLSv1' : 'TLSv1.1',
            advice => $_ % 4 ? "advice $part" : '') } 1 .. 40),
        (map { our_line($_, ip => "192.0.2.$_", client => "ip:192.0.2.$_", failed => 1) } 1 .. 3), map { "damaged $_" } 1 .. 5 ]
} 0 .. 2;
write_log("part$_", @{ $parts[$_] }) for 0 .. 2;
%said = ();
for my $order (@ORDERS) {
    my $out = report_of(map { "part$_" } @$order);
    $said{$out} = 1;
    my $r = decoded($out);
    is(join(' ', map { "$_->{client} $_->{count}" } @{ $r->{stragglers} }), 'account:1 42 account:0 39 account:2 39', "@$order: who came");
    is_deeply([ map { scalar @{ $_->{user_agents} } } @{ $r->{stragglers} } ], [ 20, 20, 20 ], '... with what, as far as it is kept');
    is_deeply([ map { "$_->{file} $_->{line}" } @{ $r->{damaged_lines} } ], [ (map { "part0 $_" } 44 .. 48), map { "part1 $_" } 44 .. 48 ], '... and the damaged lines');
    my ($failed) = @{ $r->{failed_handshakes} };
    is_deeply($failed->{probable}, [ 'account:0', 'account:1', 'account:2' ], '... and who was refused');
}
is(scalar keys %said, 1, 'each order says the same');

# --- a log that is large enough for several threads, where there are several processors; taskset leaves one
open(my $large, '>', "$dir/large") or die $!;
srand 1;
for (1 .. 30_000) {
    my $n = int rand 2000;
    print $large $_ % 5000 ? our_line($_ % 60, ip => "192.0.2." . $n % 256, client => "account:$n", agent => 'agent ' . int rand 99) : 'damaged', "\n";
}
close $large;
cmp_ok(-s "$dir/large", '>', 4 << 20, 'a log of more than two parts');
my $several = report_of('large');
is(scalar qx(cd '$dir' && taskset -c 0 '$ctl' --patience 0 report --json large 2>err), $several, 'one thread says the same as several');
is_deeply([ map { $_->{line} } @{ decoded($several)->{damaged_lines} } ], [ map { 5000 * $_ } 1 .. 6 ], 'damaged lines have their numbers');

# --- lines that are of no format
open(my $h, '>', "$dir/unknown") or die $!;
print $h qq({"a":1}\n) x 400_000, our_line(1, ip => '192.0.2.1', client => 'account:A', agent => 'x'), "\n";
close $h;
my $out = qx(cd '$dir' && prlimit --as=300000000 '$ctl' --patience 0 report --json unknown 2>err);
is(decoded($out || '{}')->{damaged}, 400_000, 'lines that are of no format take no memory');
done_testing;
