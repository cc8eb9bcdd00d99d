# The connection of a rejected request on HTTP/1: it is kept for a client that behaves, so that one that
# comes again at once costs no handshake, and only where it then holds no process or thread.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask connect_to read_response);
use TlsGate::Httpd;

my $MOST = 20;    # requests on a connection

my $CONF = <<'CONF';
Listen 127.0.0.1:@tls@
Listen 127.0.0.1:@plain@
KeepAliveTimeout 86400
MaxKeepAliveRequests 0
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
<TlsGateSchedule bad>
    TlsGateDeprecate TLSv1
    TlsGateStatus    400
</TlsGateSchedule>
<TlsGateSchedule http>
    TlsGateDeprecate cleartext
</TlsGateSchedule>
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate legacy
    TlsGateLog logs/tlsgate.ndjson
    ErrorDocument 426 /sorry.html
    <Location /own>
        ErrorDocument 426 default
    </Location>
    <Location /refuse>
        TlsGate legacy as=refuse
        ErrorDocument 426 default
    </Location>
    <Location /bad>
        TlsGate bad as=cutoff
    </Location>
    <Location /open>
        TlsGate off
    </Location>
</VirtualHost>
<VirtualHost *:@plain@>
    TlsGate http as=cutoff
</VirtualHost>
CONF

sub request { my ($method, $path, @headers) = @_; return join("\r\n", "$method $path HTTP/1.1", 'Host: localhost', @headers, '', '') }

my $h;

# "STATUS CONNECTION" of each answer on one connection, until it is closed.
sub answers {
    my ($tls, @requests) = @_;
    my $s = connect_to(port => $h->port($tls ? 'tls' : 'plain'), tls => $tls) or return 'no connection';
    my @got;
    for (@requests) {
        my $method = /^(\w+)/ ? $1 : 'GET';
        last if length && !print $s $_;
        my $r = read_response($s, $method) or return (@got, 'closed');
        push @got, $r->{status} . ' ' . ($r->{headers}{connection} // '-');
        is(($r->{headers}{upgrade} // '') . ' ' . ($r->{headers}{'cache-control'} // ''), 'TLS/1.1 no-store', 'the headers stay')
            if $r->{status} == 426 && $method eq 'GET' && @got == 2;
    }
    return @got;
}

# what, over what, the requests, and the answers where connections are kept. Where they are not, the first
# rejection is the last answer.
my $GET = request('GET', '/own');
my @KEPT = ('426 Upgrade') x 2;
my @ROWS = (
    ['two requests',              'TLSv1', [$GET, $GET], [@KEPT]],
    ['an ErrorDocument',          'TLSv1', [(request('GET', '/')) x 2], [@KEPT]],
    ['HEAD',                      'TLSv1', [(request('HEAD', '/own')) x 2], [@KEPT]],
    ['POST without a body',       'TLSv1', [(request('POST', '/own', 'Content-Length: 0')) x 2], [@KEPT]],
    ['DELETE without a length',   'TLSv1', [(request('DELETE', '/own')) x 2], [@KEPT]],
    ['then a path that is open',  'TLSv1', [$GET, request('GET', '/open')], ['426 Upgrade', '404 -']],
    ['a path that is open first', 'TLSv1', [request('GET', '/open'), $GET, $GET], ['404 -', @KEPT]],
    ['pipelined',                 'TLSv1', [$GET x 3, '', ''], [('426 Upgrade') x 3]],
    ['HTTP/1.0 that asks for it',  'TLSv1', [("GET /own HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n") x 2], [('426 Upgrade, Keep-Alive') x 2]],
    ['HTTP/1.0 that does not',     'TLSv1', ["GET /own HTTP/1.0\r\nHost: localhost\r\n\r\n", $GET], ['426 Upgrade, close', 'closed']],
    ['plain HTTP',                undef,   [(request('GET', '/')) x 2], ['403 -', '403 -']],
    ['Connection: close',         'TLSv1', [request('GET', '/own', 'Connection: close'), $GET], ['426 Upgrade, close', 'closed']],
    ['a body',                    'TLSv1', [request('POST', '/own', 'Content-Length: 1') . 'x', $GET], ['426 Upgrade, close', 'closed']],
    ['a body that never comes',   'TLSv1', [request('POST', '/own', 'Content-Length: 1'), $GET], ['426 Upgrade, close', 'closed']],
    ['chunks',                    'TLSv1', [request('POST', '/own', 'Transfer-Encoding: chunked') . "0\r\n\r\n", $GET], ['426 Upgrade, close', 'closed']],
    ['as=refuse',                 'TLSv1', [request('GET', '/refuse'), $GET], ['426 Upgrade, close', 'closed']],
    ['a status that closes',      'TLSv1', [request('GET', '/bad'), $GET], ['400 close', 'closed']],
    ['rejections, and one more',  'TLSv1', [($GET) x ($MOST + 2)], [('426 Upgrade') x $MOST, '426 Upgrade, close', 'closed']],
    ['many served before',        'TLSv1', [(request('GET', '/open')) x $MOST, $GET, $GET], [('404 -') x $MOST, '426 Upgrade, close', 'closed']],
);

sub until_first_rejection {
    my (@answers) = @_;
    my @until;
    for (@answers) {
        push @until, $_;
        last if /^4(?:26|03)/;
    }
    my $last = $until[-1];
    $until[-1] = $last =~ s/^403 -/403 close/r =~ s/Upgrade(?:, Keep-Alive)?$/Upgrade, close/r if $last =~ /^4(?:26|03)/;
    return (@until, 'closed');
}

chomp(my $libexec = `apxs -q LIBEXECDIR`);
for my $mpm (qw(event worker prefork)) {
    SKIP: {
        skip "httpd has no $mpm", 1 unless -e "$libexec/mod_mpm_$mpm.so";
        # event closes kept connections by the clock: it stands.
        $h = TlsGate::Httpd->new(mpm => $mpm, clock => '2018-09-01T00:00:00Z', conf => $CONF);
        $h->write_file('htdocs/sorry.html', "sorry\n");
        $h->start;
        for (@ROWS) {
            my ($what, $tls, $requests, $answers) = @$_;
            my @expected = $mpm eq 'event' ? @$answers : $answers->[-1] eq 'closed' && @$answers == 2 ? @$answers : until_first_rejection(@$answers);
            is_deeply([answers($tls, @$requests)], \@expected, "$mpm: $what");
        }
        $h->finish_ok;
    }
}
done_testing;
