# tlsgatectl report reads the logs of other servers: the same client, at the same second, from a
# sample of each, whose shape is the one that its vendor documents.
use strict;
use warnings;

use File::Temp ();
use JSON::PP qw(decode_json);
use Test::More;

my $CTL = ($ENV{BUILD} || 'build') . '/tlsgatectl';

# The answer, and the exit status.
sub report_of { my (@args) = @_;
    open my $out, '-|', $CTL, 'report', '--format', 'json', @args or die "$CTL: $!\n";
    my $text = do { local $/; <$out> } // '';
    close $out;
    return decode_json($text || '{}');
}

# What it says besides.
sub said_of { my (@args) = @_;
    return scalar qx('$CTL' --patience 0 report --format csv @{[ map { "'$_'" } @args ]} 2>&1 >/dev/null);
}

my %seen;
for my $file (glob 't/logs/*.log') {
    my ($name) = $file =~ m{/logs/(\w+)};
    my $report = report_of($file);
    my ($java) = grep { $_->{client} eq 'ip:192.0.2.7' } @{ $report->{stragglers} };
    is($report->{damaged}, 0, "$file: no line is damaged");
    ok($java, "$file: its client is named") or next;
    is($java->{count}, 1, "$file: once");
    like($java->{first_seen}, qr/^2018-07-10T09:00:0[01]Z$/, "$file: at that second, in UTC");
    is_deeply($java->{protocols}, { TLSv1 => 1 }, "$file: by its protocol");
    is_deeply(scalar(grep { /^Java/ } @{ $java->{user_agents} }), 1, "$file: with its user agent")
        if $name ne 'haproxy'; # option httpslog has none
    $seen{$name}++;
}
is_deeply([sort keys %seen], [qw(alb caddy cloudfront cloudtrail haproxy httpd logpush nginx)],
    'every format has a sample');

# A user chooses its name, which is no protocol, whatever it is, and however many words it has.
for my $name ('TLSv1.1', 'a b', 'a TLSv1.1 AES128-SHA b', '10.0.0.9') {
    my $log = File::Temp->new;
    print $log map { qq($_->[0] - $_->[1] [29/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" $_->[2]\n) }
        ['192.0.2.66', $name, 'TLSv1.3 TLS_AES_256_GCM_SHA384'], ['192.0.2.1', '-', 'TLSv1.1 AES128-SHA'], ['192.0.2.1', $name, 'TLSv1.1 AES128-SHA'];
    close $log;
    my $report = report_of("$log");
    is_deeply([map { "$_->{client} $_->{count}" } @{ $report->{stragglers} }], ['ip:192.0.2.1 2'], "a user named $name") or diag(explain($report));
    is($report->{damaged}, 0, '... damages no line');
}

# --- what AWS delivers: a document of records, mostly one line, and packed

my $events = do { open my $in, '<', 't/logs/cloudtrail.log' or die "cloudtrail.log: $!"; local $/; <$in> };
my @events = split /\n/, $events;
my $lines_report = report_of('t/logs/cloudtrail.log');
sub document { my (@records) = @_; return '{"Records":[' . join(',', @records) . ']}' }
sub log_of { my ($text) = @_; my $log = File::Temp->new; binmode $log; print $log $text; close $log; return $log }
my $pretty = JSON::PP->new->pretty->canonical->encode(decode_json(document(@events)));
for (
    [ 'one line', document(@events) ], [ 'with a newline', document(@events) . "\n" ], [ 'for people', $pretty ], [ 'with blanks', " {\r\n \"Records\" :\t[\n" . join(" ,\n ", @events) . "\n] }\n\n" ],
    [ 'two documents', document($events[0]) . document(@events[ 1 .. $#events ]) ], [ 'with an empty one', document() . "\n" . document(@events) ],
    [ 'braces in texts', document((map { s/\{/{"x":"}]\\\\\\"}],{","y":[[{}],"]"],/r } @events)) ],
) {
    my ($what, $text) = @$_;
    is_deeply(report_of(log_of($text)), $lines_report, "a document of CloudTrail, $what");
    my $log = log_of($text);
    my $packed = log_of(scalar qx(gzip -c '$log'));
    is_deeply(report_of($packed), $lines_report, '... and packed');
}
my $log = log_of(document($events[0], '{"eventTime":1e}', @events[ 1 .. $#events ], 'null') . "\nmore\n");
my $damaged = report_of($log);
is_deeply([ map { $_->{line} } @{ $damaged->{damaged_lines} } ], [ 2, @events + 2, @events + 3 ], 'a damaged record is named by its number, what is none as well');
is_deeply({ %$damaged, damaged => 0, damaged_lines => [] }, $lines_report, '... and the others are counted');
# A document is no log that grows: one without its end was cut off, packed or not.
my $whole = document(@events);
my $last = @events - 1;
for ([ 1, $last + 1 ], [ 2, $last + 1 ], [ 3, $last ], [ 40, $last ], [ length($whole) - 50, 0 ]) {
    my ($cut, $records) = @$_;
    my $part = log_of(substr $whole, 0, length($whole) - $cut);
    my $packed = log_of(scalar qx(gzip -c '$part'));
    my $where = $records ? "after record $records" : 'before the end of record 1';
    for ($part, $packed) {
        my $report = report_of($_);
        is("$report->{unfinished} $report->{damaged} " . ($? >> 8), '1 0 1', "without its last $cut bytes it is not finished, which is a finding");
        is_deeply({ %$report, unfinished => 0 }, $lines_report, '... and what it has is counted') if $cut < 3;
        is(said_of($_), "tlsgatectl: warning: $_: the document was cut off $where; use the complete file; what was read is counted\n", '... as it says');
    }
}
for ([ 'lines', $events ], [ 'a document', $whole ]) {
    my ($what, $text) = @$_;
    my $lines = log_of($text x 50);
    my $packed = do { local $/; open my $in, '-|', 'gzip', '-c', "$lines" or die "gzip: $!"; <$in> };
    my $cut = log_of(substr $packed, 0, length($packed) - 30);
    is(report_of($cut)->{unfinished}, 1, "$what that are packed and cut off are unfinished once");
    like(said_of($cut), qr/^tlsgatectl: warning: \Q$cut\E: the compressed file ends too early; use the complete file; what was read is counted$/m, '... as it says');
}
{
    # A document of 64 MB takes no more memory than one of a few records. One without an end is given up.
    my $records = 1 + int 64e6 / length $events;
    $log = log_of(document((@events) x $records));
    my $limit = sub { my ($file, $memory) = @_; return scalar qx(ulimit -v $memory; '$CTL' --patience 0 report --json '$file' 2>&1) };
    my $small = log_of(document(@events));
    my ($memory) = grep { $limit->($small, $_) =~ /^\{/ } map { $_ * 10_000 } 1 .. 100;
    my $many = $limit->($log, $memory + 20_000);
    like($many, qr/^\{/, 'of a document of 64 MB only a record is kept') and is(decode_json($many)->{records}, $records * $lines_report->{records}, '... and all is counted');
    $log = log_of('{"Records":[' . $events[0] . ',{"a":"' . 'x' x 6e6);
    like(scalar qx('$CTL' --patience 0 report '$log' 2>&1), qr/: record 2 of the document is incomplete; repair it; what was read is counted$/m, 'a record without an end');
    $log = log_of($whole . "\n" . 'x' x 6e6);
    like(said_of($log), qr/: the data after record ${\ scalar @events} is neither a document nor a line; remove it; what was read is counted$/m, '... and what is none');
}

# The format as an argument, on a log that does not tell it.
my $combined = report_of('--from', 'httpd=%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" '
    . '%{SSL_PROTOCOL}x %{SSL_CIPHER}x', 't/logs/httpd-combined.log');
is($combined->{records}, 3, 'a format is read as it is given');
my ($quoted) = grep { $_->{client} eq 'ip:192.0.2.7' } @{ report_of('t/logs/nginx-combined.log')->{stragglers} };
is($quoted->{user_agents}[0], 'Java/1.7.0_80 "', 'escapes are undone');
my $failed = report_of('t/logs/haproxy-httpslog.log')->{failed_handshakes};
is(scalar @$failed, 1, 'a failed handshake is counted apart');

# --- what a log does not tell is said, with what to write
my $dir = File::Temp->newdir;
my ($haproxy) = do { open my $h, '<', 't/logs/haproxy-httpslog.log' or die; scalar <$h> } =~ /\]: (.*)/;
open my $plain, '>', "$dir/haproxy.log" or die $!;
print $plain "$haproxy\n";
close $plain;
my $FORMAT = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %{SSL_PROTOCOL}x %{SSL_CIPHER}x';
for (
    [ 'httpd or nginx', qr{httpd-combined.log: read as httpd: httpd and nginx write such lines alike; .*--from 'httpd=\.\.\.'.*--from 'nginx=\.\.\.'}, 't/logs/httpd-combined.log' ],
    [ 'which is named, but not its fields', qr{read as nginx: .*--from}, '--from', 'nginx', 't/logs/nginx-combined.log' ],
    [ 'a format', qr{\A\z}, '--from', "httpd=$FORMAT", 't/logs/httpd-combined.log' ],
    [ 'times without an offset', qr{haproxy.log: read as haproxy: its times have no offset and were read as UTC; .*--from haproxy=\+01:00$}m, "$dir/haproxy.log" ],
    [ 'with the offset', qr{\A\z}, '--from', 'haproxy=+01:00', "$dir/haproxy.log" ],
    [ 'with that of syslog', qr{\A\z}, 't/logs/haproxy-httpslog.log' ],
    [ 'one that tells all', qr{\A\z}, 't/logs/alb.log' ],
    [ 'a format without a protocol', qr{--from httpd="%h %t": a line must contain %h, %t and %\{SSL_PROTOCOL\}x; write the whole format}, '--from', 'httpd=%h %t', 't/logs/httpd-combined.log' ],
    [ 'a format that ends too early', qr{a % directive is incomplete; write it as LogFormat has it}, '--from', 'httpd=%h %{x', 't/logs/httpd-combined.log' ],
) {
    my ($what, $want, @args) = @$_;
    like(said_of(@args), $want, $what);
}

done_testing;
