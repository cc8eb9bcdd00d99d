# A client that speaks HTTP/1 over any TLS version, or none, with exactly the headers that
# a test wants, and returns the response.
package TlsGate::Client;

use strict;
use warnings;

use Exporter 'import';
use IO::Socket::INET;
use IO::Socket::SSL;
use Digest::SHA qw(sha256_base64);
use JSON::PP;
use TlsGate::Httpd;

our @EXPORT_OK = qw(connect_to ask get has_post_quantum read_response json_of readable policy_of);

my %VERSION = (
    'TLSv1' => 'TLSv1', 'TLSv1.1' => 'TLSv1_1', 'TLSv1.2' => 'TLSv1_2', 'TLSv1.3' => 'TLSv1_3',
    'all' => 'SSLv23:!SSLv3:!SSLv2',
);

# Whether the OpenSSL of this machine has post-quantum groups, which came with 3.5.
sub has_post_quantum { return `openssl s_client -groups X25519MLKEM768 -connect 127.0.0.1:1 2>&1` !~ /SSL_CONF_cmd/ }

# Options: at (an address), from (our own address), port, tls (httpd's spelling, or `all` of them; undef for cleartext), sni, ciphers, groups, cert, key.
sub connect_to {
    my (%o) = @_;
    my %where = (PeerAddr => $o{at} // '127.0.0.1', PeerPort => $o{port}, Timeout => 120, ($o{from} ? (LocalAddr => $o{from}) : ()));
    return IO::Socket::INET->new(%where) unless $o{tls};
    return IO::Socket::SSL->new(
        %where,
        SSL_version         => $VERSION{ $o{tls} } || die("no version $o{tls}\n"),
        SSL_verify_mode     => SSL_VERIFY_NONE,
        # Without the system's authorities: loading them takes ten times as long as the handshake.
        SSL_ca_file         => (TlsGate::Httpd::certificate())[0],
        SSL_hostname        => $o{sni} // '',
        SSL_cipher_list     => ($o{ciphers} // 'DEFAULT') . ':@SECLEVEL=0',
        ($o{groups} ? (SSL_ecdh_curve => $o{groups}) : ()),
        ($o{cert} ? (SSL_cert_file => $o{cert}, SSL_key_file => $o{key}, SSL_use_cert => 1) : ()),
    );
}

# Reads one response from a connection: { status, reason, headers (lower case, joined by
# ", "), lines (raw header lines), body, closed }. undef if nothing came.
sub read_response {
    my ($s, $method) = @_;
    my $head = '';
    while ($head !~ /\r\n\r\n/) {
        my $line = readline($s);
        return if !defined $line && $head eq '';
        last unless defined $line;
        $head .= $line;
    }
    my ($first, @lines) = split(/\r\n/, $head);
    my ($status, $reason) = $first =~ m{^HTTP/1\.[01] (\d{3}) ?(.*)} or return { raw => $head };
    my %h;
    for (@lines) {
        my ($k, $v) = /^([^:]+):\s*(.*?)\s*$/ or next;
        $k = lc $k;
        $h{$k} = defined $h{$k} ? "$h{$k}, $v" : $v;
    }
    if ($status == 100) { my $r = read_response($s, $method); $r->{continued} = 1 if $r; return $r }
    my $body = '';
    if (($method // '') eq 'HEAD' || $status == 304 || $status == 204) { }
    elsif (($h{'transfer-encoding'} // '') =~ /chunked/) {
        while (defined(my $size = readline($s))) {
            my $n = hex(($size =~ /^([0-9a-fA-F]+)/)[0] // 0) or last;
            my $end = length($body) + $n;
            while (length $body < $end) { read($s, $body, $end - length $body, length $body) or last }
            readline($s);
        }
        readline($s);
    }
    # Over TLS a read ends with a record.
    elsif (defined $h{'content-length'}) {
        while (length $body < $h{'content-length'}) { read($s, $body, $h{'content-length'} - length $body, length $body) or last }
    }
    else { local $/; $body = readline($s) // '' }
    return { status => $status, reason => $reason, headers => \%h, lines => \@lines, body => $body };
}

# One request on a new connection, or on the one given as `on`.
# Options: those of connect_to, method, path, headers (list of lines), body, raw, version.
sub ask {
    my (%o) = @_;
    my $s = $o{on} || connect_to(%o) or return;
    my $method = $o{method} || 'GET';
    my $raw = $o{raw} // join("\r\n",
        "$method " . ($o{path} // '/') . ' HTTP/' . ($o{version} // '1.1'),
        'Host: ' . ($o{host} // $o{sni} // 'localhost'),
        ($o{on} || $o{keep} ? () : 'Connection: close'),
        @{ $o{headers} || [] },
        (defined $o{body} ? ('Content-Length: ' . length $o{body}) : ()), '', '') . ($o{body} // '');
    local $SIG{PIPE} = 'IGNORE';
    print $s $raw or return;
    return read_response($s, $method);
}

sub get { my ($port, $tls, $path, @headers) = @_; return ask(port => $port, tls => $tls, path => $path, headers => \@headers) }

# What is read on an HTML page, with each time as a program reads it, and no distances.
sub readable {
    my ($html) = @_;
    my %entity = (amp => '&', lt => '<', gt => '>', quot => '"');
    return $html =~ s{<style>.*?</style>}{}sr =~ s{ <span class="far">[^<]*</span>}{}gr =~ s{<time datetime="([^"]*)">[^<]*</time>}{$1}gr
        =~ s{</(?:th|td|dt|dd|li|p|h\d|a)>}{ }gr =~ s{<[^>]*>}{}gr =~ s/&(\w+);/$entity{$1} \/\/ die "&$1;"/ger;
}

# The Content-Security-Policy that lets a page have its own style and nothing else.
sub policy_of {
    my ($html) = @_;
    my ($style) = $html =~ m{<style>(.*?)</style>}s or return 'no style';
    my $hash = sha256_base64($style);
    $hash .= '=' while length($hash) % 4;
    return "default-src 'none'; style-src 'sha256-$hash'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

sub json_of { my ($r) = @_; return JSON::PP->new->utf8->decode($r->{body}) }

1;
