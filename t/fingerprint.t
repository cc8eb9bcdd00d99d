# JA4 and JA3 of real hellos, computed three times: by the module, independently
# in Perl, and JA3 (JA4 where it knows it) by Wireshark. The hellos are those of
# t/hellos and those that the installed clients send.
use strict;
use warnings;
use lib 't/lib';

use File::Temp qw(tempdir);
use IO::Socket::INET;
use Test::More;
use TlsGate::Hello qw(catch_hello greased hellos ja3 ja4 listener made records sniffed understood);
use TlsGate::Stacks qw(hello_of stacks versions);

my $DRIVER = ($ENV{BUILD} || 'build') . '/unit/fingerprint';
my $NAME   = 'live.example.com';
my $SIGNATURE_ALGORITHMS = 13; # RFC 8446 section 4.2
my $dir    = tempdir(CLEANUP => 1);

# The module's result for each of them: a hash of its words, or { bad => 1 } and so on.
sub policy_of {
    my (@hellos) = @_;
    open(my $lines, '>', "$dir/lines") or die "$dir/lines: $!";
    print $lines "$_->{format} ", unpack('H*', $_->{bytes}), "\n" for @hellos;
    close $lines;
    my @answers = map { chomp; +{ map { /^([\w-]+)=?(.*)$/ ? ($1 => length $2 ? $2 : 1) : () } split / / } }
        `$DRIVER <$dir/lines`;
    is(scalar @answers, scalar @hellos, 'the policy answers each of ' . @hellos . ' hellos') or BAIL_OUT($DRIVER);
    return @answers;
}

sub both { my ($hello) = @_; return join(' ', ja4($hello), ja3($hello)) }
sub policy_both { my ($answer) = @_; return join(' ', map { $_ // 'none' } @$answer{qw(ja4 ja3)}) }

# --- published vectors, to check the computation of this test ----------------------
my %vector = (
    # JA4's own example: a browser.
    't13d1516h2_8daaf6152771_e5627efa2ab1' => made(
        legacy     => 0x0303,
        ciphers    => [ map { hex } qw(1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035) ],
        extensions => [
            [ 0, "\0\x04\0\0\x01x" ], ( map { [ hex, '' ] } qw(0017 ff01) ), [ 10, "\0\x02\0\x1d" ], [ 11, "\1\0" ],
            [ 35, '' ], [ 16, "\0\x03\x02h2" ], [ 5, '' ],
            [ 13, pack('n/a', pack('n*', map { hex } qw(0403 0804 0401 0503 0805 0501 0806 0601))) ],
            ( map { [ hex, '' ] } qw(0012 0033 002d) ), [ 43, "\4\3\4\3\3" ], ( map { [ hex, '' ] } qw(001b 4469 0015) ),
        ],
    ),
    # JA3's own example.
    'ada70206e40642a3e4461f35503241d5' => made(
        legacy     => 769,
        ciphers    => [ 47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4 ],
        extensions => [ [ 0, "\0\x04\0\0\x01x" ], [ 10, "\0\x06\0\x17\0\x18\0\x19" ], [ 11, "\1\0" ] ],
    ),
    # JA3's example without extensions.
    'de350869b8c85de67a350c8d186f11e6' => made(legacy => 769, ciphers => [ 4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99 ]),
);
for my $expected (sort keys %vector) {
    my ($answer) = policy_of($vector{$expected});
    like(both($vector{$expected}),  qr/\b$expected\b/, "$expected: the computation");
    like(policy_both($answer), qr/\b$expected\b/, "$expected: the policy");
}

# --- a new hello of every client ----------------------------------------------------
my %hellos;
for my $stack (stacks()) {
    SKIP: {
        skip "$stack->{name} is not installed", 1 unless $stack->{path};
        for my $version (grep { $stack->{versions}{$_} } versions()) {
            my $hello = hello_of($stack, version => $version, sni => $NAME);
            ok($hello, "$stack->{name} $version says hello") or next;
            $hellos{"live $stack->{name} $version"} = { %$hello, newest => $version };
        }
    }
}
SKIP: {
    my $curl = TlsGate::Stacks::in_path('curl') or skip 'curl is not installed', 1;
    for my $version ('1.0', '1.1', '1.2', '1.3') {
        my $listener = listener();
        my $to       = "$NAME:" . $listener->sockport;
        my $hello    = catch_hello($listener, [ $curl, '-sk', '--resolve', "$to:127.0.0.1", "--tlsv$version",
            '--tls-max', $version, '--ciphers', 'DEFAULT:@SECLEVEL=0', "https://$to/" ], { OPENSSL_CONF => '/dev/null' });
        ok($hello, "curl $version says hello") or next;
        $hellos{"live curl $version"} = { %$hello, newest => $version eq '1.0' ? 'TLSv1' : "TLSv$version" };
    }
}
my @live = sort keys %hellos;

# --- the policy and the computation agree -------------------------------------------
my $stored = hellos();
cmp_ok(scalar keys %$stored, '>=', 50, 'at least fifty stored hellos');
%hellos = (%hellos, %$stored);
my @names = sort keys %hellos;
my %policy;
@policy{@names} = policy_of(@hellos{@names});
for my $name (@names) {
    is(policy_both($policy{$name}), both($hellos{$name}), "$name: JA4 and JA3");
    is($policy{$name}{used}, length $hellos{$name}{bytes}, "$name: read to its end");
}
for my $name (@live) {
    like($policy{$name}{versions}, qr/(?:^|,)\Q$hellos{$name}{newest}\E$/, "$name: the newest version that is on offer");
    is(pack('H*', $policy{$name}{sni}), $NAME, "$name: the name");
}

# The versions of each stored hello whose name tells its version.
my %newest = (sslv2 => '-', sslv3 => 'SSLv3', tlsv1 => 'TLSv1', 'tlsv1.1' => 'TLSv1.1',
    'tlsv1.2' => 'TLSv1.2', 'tlsv1.3' => 'TLSv1.3');
for my $name (grep { /-(?:ssl|tls)v[\d.]+$/ } sort keys %$stored) {
    my ($version) = $name =~ /-([^-]+)$/;
    is((split /,/, $policy{$name}{versions})[-1], $newest{$version}, "$name: the newest version");
    is($policy{$name}{fallback}, $name =~ /fallback/ ? 1 : 0, "$name: TLS_FALLBACK_SCSV");
}
for my $name (grep { !/no-name|address|^nss-ssl|^sslscan|one-cipher|sslv2hello|^wget/ } sort keys %$stored) {
    is(pack('H*', $policy{$name}{sni}), 'caught.example.com', "$name: the name");
}

# Who is ready for post-quantum key exchange: X25519MLKEM768, as number 4588 at IANA.
for my $name (sort keys %$stored) {
    my @groups = split(/,/, $policy{$name}{groups} // '');
    my $ready = $name =~ /post-quantum/ ? 1 : 0;
    is_deeply([ scalar(grep { $_ eq '4588' } @groups), $policy{$name}{pq} ], [ $ready, $ready ], "$name: post-quantum or not");
}

# --- too little, too much, and GREASE -------------------------------------------------
my @whole = grep { $hellos{$_}{format} eq 'hello' } @names;
my (@short, @long, @grease);
for my $hello (@hellos{@whole}) {
    push @short, { %$hello, bytes => substr($hello->{bytes}, 0, -1) };
    push @long,  { %$hello, bytes => "$hello->{bytes}\x16\x03\x01" };
    push @grease, greased($hello);
}
is(scalar(grep { !$_->{incomplete} } policy_of(@short)), 0, 'a byte short: incomplete');
my @more = policy_of(@long);
is_deeply(\@more, [ @policy{@whole} ], 'with more after it: the same, and the rest is not read');
my @greased = policy_of(@grease);
for my $i (0 .. $#whole) {
    delete @$_{qw(used legacy)} for $greased[$i], my $plain = { %{ $policy{ $whole[$i] } } };
    is_deeply($greased[$i], $plain, "$whole[$i] with GREASE: the same");
    is(policy_both($greased[$i]), both($grease[$i]), "$whole[$i] with GREASE: JA4 and JA3");
}

# --- the listener itself: a hello of many records --------------------------------------
for my $size (1, 7, 100) {
    my $listener = listener();
    my $socket   = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $listener->sockport) or die "connect: $!";
    my $hello    = $stored->{'openssl-default'};
    syswrite($socket, records($hello, $size));
    my $caught = sniffed($listener);
    is($caught->{bytes}, $hello->{bytes}, "records of $size bytes are put together");
    is($caught->{records}, POSIX::ceil(length($hello->{bytes}) / $size), "records of $size bytes: the right number");
}

# --- Wireshark ------------------------------------------------------------------------
# A capture in which each hello has its own source port; RFC 791 and RFC 9293, without
# checksums.
sub capture {
    my ($file, @payloads) = @_;
    open(my $out, '>:raw', $file) or die "$file: $!";
    print $out pack('L S S l L L L', 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101);
    for my $i (0 .. $#payloads) {
        my $packet = pack('n n N N n n n n', 20000 + $i, 443, 1, 1, 0x5018, 65535, 0, 0) . $payloads[$i];
        $packet = pack('n n n n n n N N', 0x4500, 20 + length $packet, $i, 0, 0x4006, 0, 0x7F000001, 0x7F000002) . $packet;
        print $out pack('L4', $i, 0, (length $packet) x 2), $packet;
    }
    close($out) or die "$file: $!";
}

SKIP: {
    my $tshark = TlsGate::Stacks::in_path('tshark') or skip 'tshark is not installed', 1;
    my @fields = grep { `$tshark -G fields 2>/dev/null` =~ /\t\Qtls.handshake.$_\E\t/ } qw(ja3 ja4);
    is($fields[0], 'ja3', 'Wireshark knows ' . join(' and ', @fields));
    # "The program needs to ignore GREASE values anywhere it sees them" (JA4.md, Details), and
    # FoxIO's own ja4.py does; Wireshark 4.4 hashes one among the signature algorithms, where Chromium
    # sends one.
    my $is_hashed = sub { return scalar grep { ($_ & 0x0F0F) == 0x0A0A } unpack('x2 n*', understood($_[0])->{data}{$SIGNATURE_ALGORITHMS} // "\0\0") };
    my @all = (@hellos{@whole}, map { greased($_, $SIGNATURE_ALGORITHMS) } @hellos{@whole});
    capture("$dir/pcap", map { records($_, 16384) } @all);
    my $wanted = join(' ', map {"-e tls.handshake.$_"} @fields);
    my @seen = map { [ split /\t/ ] } split /\n/,
        `$tshark -r $dir/pcap -Y tls.handshake.type==1 -T fields -e tcp.srcport $wanted 2>/dev/null`;
    is(scalar @seen, scalar @all, 'Wireshark sees all of them');
    my %seen = map { ($_->[0] - 20000 => $_) } @seen;
    for my $i (0 .. $#all) {
        my %theirs = map { ($fields[$_] => $seen{$i}[ $_ + 1 ]) } 0 .. $#fields;
        my %ours   = (ja3 => ja3($all[$i]), ja4 => ja4($all[$i]));
        my @compared = grep { $_ ne 'ja4' || !$is_hashed->($all[$i]) } @fields;
        my $what   = $i < @whole ? $whole[$i] : $whole[ $i - @whole ] . ' with GREASE';
        is_deeply({ map { ($_ => $theirs{$_}) } @compared }, { map { ($_ => $ours{$_}) } @compared }, "$what: Wireshark");
    }
}
done_testing;
