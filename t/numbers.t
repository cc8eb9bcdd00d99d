# docs/numbers.md: what each row of its table sends is counted as the row says.
use strict;
use warnings;
use lib 't/lib';

use IO::Socket::SSL;
use Test::More;
use TlsGate::Client qw(ask json_of);
use TlsGate::Httpd;

my $text = TlsGate::Httpd::slurp('docs/numbers.md');
my ($conf) = $text =~ /^```apache\n(.*?)^```/ms or die "no example\n";
my @rows = $text =~ /^\| (`GET .*?) \| (.*?) \|$/mg;
cmp_ok(@rows / 2, '>=', 9, 'the table has rows');

my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', conf => "Listen 127.0.0.1:\@tls\@\nSSLEngine on\nTimeout 20000000\n$conf")->start;
$h->stop_clock('2018-07-10T09:00:00Z');
$h->write_file('htdocs/rehearsed', "served\n");
sub status { return json_of(ask(port => $h->port, tls => 'TLSv1.3', path => '/tlsgate-status?format=json')) }

my (%expected, $ignored);
while (my ($sent, $counted) = splice(@rows, 0, 2)) {
    my ($path, $protocol) = $sent =~ m{^`GET (/\S*)` over `(TLSv1(?:\.\d)?)`} or die "not understood: $sent\n";
    my ($from) = $sent =~ /from (127\.\S+)/;
    my @names = $counted =~ /`(\S+)`/g;
    ok(@names == 2 || $counted =~ /^nothing: /, "$sent: $counted");
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $h->port, LocalAddr => $from // '127.0.0.1') or do {
        diag("no address $from here");
        next;
    };
    my $tls = IO::Socket::SSL->start_SSL($socket, SSL_verify_mode => 0, SSL_cipher_list => 'ALL:@SECLEVEL=0', SSL_version => $protocol =~ s/\./_/r) or die "no handshake: $SSL_ERROR\n";
    my $r = ask(on => $tls, path => $path);
    is($r->{status}, 404, '... as it says') if $sent =~ /answered with 404/;
    is($r->{status}, 200, '... as it says') if $sent =~ /which is served/;
    $expected{$names[0]}{$names[1]}++ if @names == 2;
    $ignored++ if $counted =~ /network is ignored/;
}
ok($h->wait_until(sub { eq_hash(status()->{requests}{totals}, \%expected) }), 'that is what is counted') or diag(explain(status()->{requests}{totals}, \%expected));
is(status()->{ignored}{requests}, $ignored // 0, 'and what is ignored');
is_deeply(status()->{schedules}[0]{requests}{totals}, \%expected, 'the numbers of the schedule are those of its host');
$h->finish_ok;
done_testing;
