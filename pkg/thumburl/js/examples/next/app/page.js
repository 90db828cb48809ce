// A server component signs; what the browser gets is URLs.
//
//   SECRET=... NEXT_PUBLIC_BASE=https://cdn.example.com next build
import Image from 'next/image';
import { dataURL } from 'thumbfront/placeholder';
import { Thumbnail } from 'thumbfront/react';
import { Client } from 'thumbfront/sign';

// As entities/<key>.json says.
const entity = { etag: '5d41402abc4b2a76b9719d911017c592', width: 4000, height: 3000, alpha: false, color: '#7a6a5c', thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI' };

export default function Page() {
  const client = new Client({ secret: process.env.SECRET, base: process.env.NEXT_PUBLIC_BASE });
  return (
    <main>
      <Thumbnail client={client} original="uploads/photo.jpg" width={288} height={264} alt="A beach" entity={entity} />
      <Image src="uploads/photo.jpg" width={640} height={480} sizes="50vw" alt="A wood" placeholder={dataURL(entity)} />
    </main>
  );
}
