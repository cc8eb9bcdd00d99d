# tlsgatectl report on damaged logs: each line that cannot be read is counted and named, wherever it
# stands, and all others are read.
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

sub line_of { my ($client) = @_; return qq({"\@timestamp":"2018-07-10T09:00:00.000Z","tlsgate":{"client":"account:$client","protocol":"TLSv1"}}) }
sub report_of {
    my ($name, $text, $command) = @_;
    open(my $h, '>:raw', "$dir/$name") or die $!;
    print $h $text;
    close $h;
    system(sprintf($command, "$dir/$name")) == 0 or die $command if $command;
    my $out = qx('$ctl' --patience 0 report '$dir/$name' --json 2>'$dir/err');
    return (JSON::PP->new->utf8->decode($out), $? >> 8, TlsGate::Httpd::slurp("$dir/err"));
}
sub names { return join ' ', sort map { $_->{client} =~ s/account://r } @{ $_[0]{stragglers} } }

my $good = line_of('A');
for (
    [ 'half a line in the middle', substr($good, 0, 40) ],
    [ 'two lines in one',          $good . line_of('C') ],
    [ 'a byte that is no UTF-8',   line_of("C\xff") ],
    [ 'a control in a text',       line_of("C\x01") ],
    [ 'NUL bytes',                 "\0" x 100 ],
    [ 'half a surrogate',          line_of('C\ud800') ],
    [ 'a number with a zero before', $good =~ s/}\z/,"n":01}/r ],
    [ 'a comma too much',          $good =~ s/}\z/,}/r ],
    [ 'no client',                 '{"@timestamp":"2018-07-10T09:00:00.000Z","tlsgate":{"protocol":"TLSv1"}}' ],
    [ 'no time',                   '{"tlsgate":{"client":"account:C","protocol":"TLSv1"}}' ],
    [ 'a day that is none',        $good =~ s/07-10/02-30/r ],
    [ 'another protocol',          $good =~ s/TLSv1/TLSv9/r ],
    [ 'an array',                  '[]' ],
    [ 'words',                     'logrotate was here' ],
    [ 'deeper than anybody reads', '{"a":' . '[' x 5000 . ']' x 5000 . '}' ],
) {
    my ($what, $bad) = @$_;
    for my $place (1 .. 3) {
        my @lines = (line_of('A'), line_of('B'));
        splice(@lines, $place - 1, 0, $bad);
        my ($r, $status, $err) = report_of('log', join('', map { "$_\n" } @lines));
        is(names($r) . " $r->{records} $r->{damaged} $r->{unfinished} $status", 'A B 2 1 0 1', "$what, in line $place");
        is_deeply($r->{damaged_lines}, [ { file => "$dir/log", line => $place } ], '... which is named');
        like($err, qr{\Q$dir/log\E:$place: a damaged line is left out\n\z}, '... on the standard error');
    }
}

# --- right, although nobody writes it like that
for (
    [ 'white space',       ' { "@timestamp" : "2018-07-10T09:00:00Z" , "tlsgate" : { "client" : "account:C" , "protocol" : "TLSv1" } } ' . "\r" ],
    [ 'escapes',           '{"@timestamp":"2018-07-10T09:00:00.5Z","tlsg\u0061te":{"client":"account:\u0043","protocol":"TLSv\u0031"}}' ],
    [ 'an offset',         line_of('C') =~ s/00Z/00+01:00/r ],
    [ 'another order',     '{"tlsgate":{"protocol":"TLSv1","x":{"y":[1,{}]},"client":"account:C"},"@timestamp":"2018-07-10T09:00:00.000Z"}' ],
    [ 'a member twice',    line_of('X') =~ s/"protocol"/"client":"account:C","protocol"/r ],
    [ 'an object twice',   '{"tlsgate":{"client":"account:X","test":true},' . substr(line_of('C'), 1) ],
) {
    my ($what, $line) = @$_;
    my ($r, $status, $err) = report_of('log', "$good\n$line\n");
    is(names($r) . " $r->{records} $r->{damaged} $status$err", 'A C 2 0 0', $what);
}

# --- the end of a log
my ($r, $status, $err) = report_of('log', "$good\n" . substr(line_of('B'), 0, 50));
is(names($r) . " $r->{damaged} $r->{unfinished} $status$err", 'A 0 1 0', 'a line that is being written is unfinished, and nothing is wrong');
($r) = report_of('log', "$good\n" . line_of('B'));
is(names($r) . " $r->{unfinished}", 'A B 0', 'a last line that lacks only its end is read');
($r, $status) = report_of('log', '');
is(names($r) . " $r->{records} $status", ' 0 0', 'an empty log');
($r, $status, $err) = report_of('log', "nothing\nat all\n");
is("$r->{damaged} $status", '2 1', 'a log of something else');
like($err, qr/no line has a known format/, '... which is said');

# --- lines of any length, and very many damaged ones
($r) = report_of('log', "$good\n" . (line_of('B') =~ s/}\z/',"x":"' . 'y' x 3_000_000 . '"}'/er) . "\n" . line_of('C') . "\n");
is(names($r), 'A B C', 'a line of three megabytes');
($r, $status, $err) = report_of('log', "$good\n" . "{\n" x 1000 . line_of('B') . "\n");
is(names($r) . " $r->{damaged} " . @{ $r->{damaged_lines} }, 'A B 1000 10', 'a thousand damaged lines, of which ten are named');
is(scalar(() = $err =~ /a damaged line/g), 10, '... also on the standard error');

# --- packed
my $many = join('', map { line_of("N$_") . "\n" } 1 .. 20000);
for (
    [ gzip => 'gzip -c %1$s >%1$s.new && mv %1$s.new %1$s' ],
    [ zstd => 'command -v zstd >/dev/null || exit 0; zstd -qc %1$s >%1$s.new && mv %1$s.new %1$s' ],
) {
    my ($name, $command) = @$_;
    ($r, $status, $err) = report_of('packed', $many, $command);
    is("$r->{found} $r->{damaged} $r->{unfinished} $status$err", '20000 0 0 0', "$name");
}
($r, $status, $err) = report_of('packed', $many, 'gzip -c %1$s | head -c 20000 >%1$s.new && mv %1$s.new %1$s');
cmp_ok($r->{found}, '>', 1000, 'a packed log that was cut is read as far as it goes');
is($status, 1, '... with a finding');
like($err, qr/the compressed file ends too early/, '... which is said');
done_testing;
