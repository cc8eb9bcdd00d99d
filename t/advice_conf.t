# conf/advice.conf: httpd takes it, and each of its lines is for the user agents that it means.
use strict;
use warnings;

use lib 't/lib';
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use TlsGate::Httpd;

my $CTL = ($ENV{BUILD} || 'build') . '/tlsgatectl';
my $FILE = 'conf/advice.conf';
my $DIR  = tempdir(CLEANUP => 1);

# User agent, protocol, and what its advice says; undef: none.
my @CASES = (
    ['Java/1.6.0_45',                                            'TLSv1',   qr/Java 8 or newer/],
    ['Java/1.7.0_80',                                            'TLSv1',   qr/-Dhttps\.protocols=TLSv1\.2/],
    ['Apache-HttpClient/4.5.2 (Java/1.7.0_80)',                  'TLSv1',   qr/-Dhttps\.protocols=TLSv1\.2/],
    ['Java/1.8.0_151',                                           'TLSv1',   qr/holds it down/],
    ['Java/17.0.2',                                              'TLSv1.1', qr/holds it down/],
    ['Java/1.8.0_151',                                           'TLSv1.2', qr/8u341/],
    ['Java/17.0.2',                                              'TLSv1.2', undef],
    ['Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)', 'TLSv1', qr/4\.7 or newer/],
    ['Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)', 'TLSv1.2', qr/Windows 11/],
    ['python-requests/2.6.0 CPython/2.7.5 Linux/3.10.0-1160.el7.x86_64', 'TLSv1', qr/2\.7\.9/],
    ['python-requests/2.9.1 CPython/2.7.18 Linux/4.15',          'TLSv1',   undef],
    ['curl/7.15.5 (x86_64-redhat-linux-gnu) libcurl/7.15.5 OpenSSL/0.9.8b zlib/1.2.3', 'TLSv1', qr/OpenSSL 1\.0\.1/],
    ['curl/7.29.0',                                              'TLSv1',   undef],
    ['Go-http-client/1.1',                                       'TLSv1.3', qr/Go 1\.24/],
    ['node',                                                     'TLSv1.3', qr/Node\.js 24\.5/],
    ['axios/1.6.2',                                              'TLSv1.3', qr/Node\.js 24\.5/],
    ['okhttp/4.12.0',                                            'TLSv1.3', qr/Conscrypt 2\.7/],
    ['Example/3 CFNetwork/1410.0.3 Darwin/22.6.0',               'TLSv1.3', qr/iOS 26/],
    ['curl/8.5.0',                                               'TLSv1.3', qr/OpenSSL 3\.5/],
    ['python-requests/2.31.0',                                   'TLSv1.3', qr/OpenSSL 3\.5/],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 'TLSv1.3', undef],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36', 'TLSv1.2', undef],
);

my $json = JSON::PP->new->canonical;
open my $log, '>', "$DIR/log" or die "$DIR/log: $!\n";
for my $i (0 .. $#CASES) {
    my ($ua, $protocol) = @{ $CASES[$i] };
    print $log $json->encode({ '@timestamp' => '2018-07-10T09:00:00.000Z', client => { ip => '192.0.2.7' }, user_agent => { original => $ua },
        tlsgate => { protocol => $protocol, client => "account:$i", schedule => 's', phase => 'announced', verdict => 'warn', enforced => JSON::PP::true } }), "\n";
}
close $log or die "$DIR/log: $!\n";
my $report = $json->decode(scalar qx($CTL --patience 0 report --json --advice $FILE $DIR/log 2>/dev/null));
my %told = map { $_->{client} => $_->{advice} } @{ $report->{stragglers} };
is(scalar keys %told, scalar @CASES, 'each client is in the report');
my %given;
for my $i (0 .. $#CASES) {
    my ($ua, $protocol, $want) = @{ $CASES[$i] };
    my $advice = $told{"account:$i"};
    $given{$advice}++ if defined $advice;
    if ($want) { like($advice // '', $want, "$protocol: $ua") }
    else { is($advice, undef, "$protocol: $ua: none") }
}

# Every line is met by one of them, and has its source.
my (@texts, $source);
for my $line (split /\n/, TlsGate::Httpd::slurp($FILE)) {
    $source = 1 if $line =~ m{^# https://};
    next if $line !~ /^TlsGateAdvice "([^"]*)"/;
    push @texts, $1;
    ok($source, "its source: $1");
    $source = 0;
}
is_deeply([grep { !$given{$_} } @texts], [], 'each line is for somebody here');

my $h = TlsGate::Httpd->new(conf => TlsGate::Httpd::slurp($FILE));
my ($status, $output) = $h->configtest;
is($status, 0, 'httpd takes it') or diag($output);
done_testing;
