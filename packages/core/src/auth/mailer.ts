import type { Transporter } from 'nodemailer'

export interface Mail {
  to: string
  subject: string
  text: string
}

/** Sends mail; absent where no SMTP server is set. */
export interface Mailer {
  /** @throws when the server refuses it or does not answer in time */
  send(mail: Mail): Promise<void>
  close(): void
}

const timeoutMs = 10_000

/**
 * @param url such as `smtps://user:password@mail.example.org:465`
 * @param from such as `Sluice <sluice@example.org>`
 */
export function createSmtpMailer({ url, from }: { url: string; from: string }): Mailer {
  let transport: Promise<Transporter> | undefined
  // Loaded with the first mail: most installations send none.
  const open = async (): Promise<Transporter> => {
    const { createTransport } = await import('nodemailer')
    return createTransport({
      url,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
    } as object)
  }
  return {
    async send(mail) {
      transport ??= open()
      await (await transport).sendMail({ from, ...mail })
    },
    close() {
      void transport?.then((opened) => opened.close())
    },
  }
}
